import type { Energy, EnergyGroup } from "../../../generated/api";
import { count, duration, grams, joules, money, percent } from "../../../shared/format/numbers";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { Panel } from "../../../shared/ui/Panel";
import { StateMessage } from "../../../shared/ui/StateMessage";
import type { Grouping } from "../model";

interface Props {
  readonly data: Energy;
  readonly by: Grouping;
}

/** A row for each group, idle energy below them. */
export function EnergyTable({ data, by }: Props) {
  const t = useTranslate();
  const title = t(`energy.by.${by}` as MessageKey);
  const shown = data.groups.length;
  const columns: readonly MessageKey[] = [
    "energy.energy", "energy.gpuTime", "energy.cost", "energy.gpuCost", "energy.carbon", "common.spans",
    "energy.perSpan", "energy.perToken", "use.exact",
  ];
  return (
    <Panel
      title={title} isFlush
      actions={data.group_count > shown && (
        <span className="faint">{t("overview.ofTotal", { n: shown, total: data.group_count })}</span>
      )}
    >
      {shown === 0 && <StateMessage title={t("energy.noSpans")} />}
      <div className="scroll-x">
        <table className="data">
          <thead>
            <tr>
              <th className="wide">{title}</th>
              {columns.map((key) => (
                <th key={key} className="num">{t(key)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.groups.map((group) => (
              <Row key={group.group[by] ?? ""} group={group} by={by} currency={data.currency} />
            ))}
            <tr>
              <td className="wide muted">{t("energy.part.idle")}</td>
              <td className="num">{joules(data.idle.joules)}</td>
              <td className="num">{duration(data.idle.gpu_seconds * 1e9)}</td>
              <td className="num">{money(data.idle.energy_cost, data.currency)}</td>
              <td className="num">{money(data.idle.gpu_cost, data.currency)}</td>
              <td className="num">{grams(data.idle.carbon_grams)}</td>
              <td colSpan={4} />
            </tr>
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

interface RowProps {
  readonly group: EnergyGroup;
  readonly by: Grouping;
  readonly currency: string | null;
}

function Row({ group, by, currency }: RowProps) {
  const t = useTranslate();
  const name = group.group[by] ?? "";
  const to = by === "gpu" ? hrefOf(`/gpus/${encodeURIComponent(name)}`)
    : by === "node" ? hrefOf(`/nodes/${encodeURIComponent(name)}`) : hrefOf("/traces", { [by]: name });
  return (
    <tr>
      <td className="wide">
        {name === "" ? <span className="muted">{t("common.none")}</span> : <Link to={to}>{name}</Link>}
      </td>
      <td className="num">{joules(group.joules)}</td>
      <td className="num">{duration(group.gpu_seconds * 1e9)}</td>
      <td className="num">{money(group.energy_cost, currency)}</td>
      <td className="num">{money(group.gpu_cost, currency)}</td>
      <td className="num">{grams(group.carbon_grams)}</td>
      <td className="num">{count(group.spans)}</td>
      <td className="num">{joules(group.joules_per_span)}</td>
      <td className="num">{joules(group.joules_per_output_token)}</td>
      <td className="num faint">{percent(group.provenance.exact)}</td>
    </tr>
  );
}
