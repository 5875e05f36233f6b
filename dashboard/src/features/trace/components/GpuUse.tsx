import type { GpuSpan } from "../../../generated/api";
import { KnownValue, type Known } from "../../../shared/fleet/UseMark";
import { bytes, duration, grams, joules, money, percent, plain, watts } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";

interface Props {
  readonly use: GpuSpan;
  readonly currency: string | null;
}

const megahertz = (hertz: number): string => `${plain(Math.round(hertz / 1e6))} MHz`;

/** What a span did to one of its GPUs: each value with how sure it is, or why there is none. */
export function GpuUse({ use: { gpu_id: id, use, cost }, currency }: Props) {
  const t = useTranslate();
  const text = (value: number | undefined, format: (value: number) => string) =>
    value === undefined ? null : format(value);
  const spread = (value: { readonly mean?: number; readonly max?: number }, format: (value: number) => string) =>
    value.mean === undefined ? null
      : t("use.spread", { mean: format(value.mean), max: format(value.max ?? value.mean) });
  const self = use.energy.self_joules;
  const total = text(use.energy.joules, joules);
  const rows: readonly (readonly [string, Known, string | null])[] = [
    [t("use.energy"), use.energy,
      total === null || self === undefined || self === use.energy.joules ? total
        : `${total} (${t("use.self", { value: joules(self) })})`],
    [t("use.busy"), use.utilization, text(use.utilization.busy_ns, duration)],
    [t("gpus.utilization"), use.utilization, spread(use.utilization, percent)],
    [t("gpus.memory"), use.memory_bytes, spread(use.memory_bytes, bytes)],
    [t("gpus.power"), use.power_watts, spread(use.power_watts, watts)],
    [t("use.clock"), use.sm_clock_hertz, spread(use.sm_clock_hertz, megahertz)],
    [t("gpus.throttle"), use.throttled, text(use.throttled.ns, duration)],
  ];
  const costs: readonly (readonly [string, string | null])[] = [
    [t("use.energyCost"), cost?.energy == null ? null : money(cost.energy, currency)],
    [t("use.gpuCost"), cost?.gpu_time == null ? null : money(cost.gpu_time, currency)],
    [t("use.carbon"), cost?.carbon_grams == null ? null : grams(cost.carbon_grams)],
  ];
  return (
    <dl className="facts gpu-use">
      <div>
        <dt>{t("trace.gpu")}</dt>
        <dd>
          <Link to={hrefOf(`/gpus/${encodeURIComponent(id)}`)}>{id}</Link>
        </dd>
      </div>
      <div>
        <dt>{t("use.occupied")}</dt>
        <dd>
          {duration(use.occupied_ns)} {use.shared && <span className="badge">{t("use.shared")}</span>}
        </dd>
      </div>
      {rows.map(([name, value, shown]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <KnownValue value={value} text={shown} />
          </dd>
        </div>
      ))}
      {costs.filter(([, value]) => value !== null).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
