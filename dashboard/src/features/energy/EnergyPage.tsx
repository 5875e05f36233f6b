import { useMemo } from "react";
import { parseEnergyResponse, type Energy } from "../../generated/api";
import { grams, joules, money, percent } from "../../shared/format/numbers";
import { fullTime, shortTime } from "../../shared/format/times";
import type { MessageKey } from "../../shared/i18n/catalogue";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { changeParameters } from "../../shared/router/location";
import { useParameters } from "../../shared/router/useParameters";
import { boundsOf } from "../../shared/time/range";
import { useRange, useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { EnergyChart } from "./components/EnergyChart";
import { EnergyTable } from "./components/EnergyTable";
import { GROUPINGS, groupingOf, partsOf, stepOf } from "./model";

const GROUPS_MAX = 50;
/** Tiles whose label says the currency: behind the number there is no room for it. */
const CURRENCY_TILES: ReadonlySet<MessageKey> = new Set<MessageKey>(["energy.cost", "energy.gpuCost"]);

/** Energy of the GPUs: who had it, what it cost, and what nobody used. */
export default function EnergyPage() {
  const t = useTranslate();
  const range = useRange();
  const parameters = useParameters();
  const by = groupingOf(parameters.get("by"));
  const service = parameters.get("service") ?? undefined;
  const step = useMemo(() => {
    const { from, to } = boundsOf(range, Date.now());
    return stepOf(from, to);
  }, [range]);
  const url = apiURL("/energy", {
    start: range.start, end: range.end === "now" ? undefined : range.end, by, step, service, limit: GROUPS_MAX,
  });
  const query = useQuery(url, parseEnergyResponse, { refreshMs: useRefresh() });
  return (
    <Page
      title={t("nav.energy")}
      head={
        <div className="group" role="group" aria-label={t("energy.by")}>
          {GROUPINGS.map((name) => (
            <button
              key={name} type="button" className="button" aria-pressed={name === by}
              onClick={() => changeParameters({ by: name === "model" ? undefined : name })}
            >
              {t(`energy.by.${name}` as MessageKey)}
            </button>
          ))}
        </div>
      }
    >
      <QueryView
        query={query} isEmpty={({ data }) => data.measured_joules === 0 && data.group_count === 0}
        empty={<StateMessage mark="◌" title={t("energy.none")} detail={t("energy.noneDetail")} />}
      >
        {({ data }) => (
          <>
            <Tiles data={data} />
            <Notes data={data} />
            <Division data={data} />
            <Panel title={t("energy.power")}>
              <EnergyChart data={data} by={by} title={t("energy.power")} />
            </Panel>
            <EnergyTable data={data} by={by} />
          </>
        )}
      </QueryView>
    </Page>
  );
}

function Tiles({ data }: { readonly data: Energy }) {
  const t = useTranslate();
  const { total, idle, currency } = data;
  const tiles: readonly (readonly [MessageKey, string, string])[] = [
    ["energy.measured", joules(data.measured_joules), t("energy.coverage", { share: percent(data.coverage) })],
    ["energy.ofSpans", joules(total.joules), t("energy.spanCount", { n: total.spans })],
    ["energy.perToken", joules(total.joules_per_output_token), t("energy.outputTokens", { n: total.output_tokens })],
    ["energy.idle", joules(idle.joules), money(idle.energy_cost, currency)],
    ["energy.cost", money(total.energy_cost, null),
      t("energy.perMillion", { value: money(total.energy_cost_per_million_tokens, currency) })],
    ["energy.gpuCost", money(total.gpu_cost, null),
      t("energy.perMillion", { value: money(total.gpu_cost_per_million_tokens, currency) })],
    ["energy.carbon", grams(total.carbon_grams), t("energy.carbonIdle", { value: grams(idle.carbon_grams) })],
  ];
  return (
    <ul className="tiles">
      {tiles.map(([label, value, foot]) => (
        <li key={label} className="tile">
          <span className="tile-label">
            {t(label)}
            {currency !== null && CURRENCY_TILES.has(label) && `, ${currency}`}
          </span>
          <span className="tile-value">{value}</span>
          <span className="tile-foot words">{foot}</span>
        </li>
      ))}
    </ul>
  );
}

/** What is missing, and why. */
function Notes({ data }: { readonly data: Energy }) {
  const t = useTranslate();
  const until = data.complete_until;
  const isWhole = until !== null && Date.parse(until) >= Date.parse(data.end);
  return (
    <p className="trace-facts">
      {!isWhole && (
        <span className="muted" title={until === null ? undefined : fullTime(Date.parse(until))}>
          ◌ {until === null ? t("energy.notYet")
            : t("energy.completeUntil", { time: shortTime(Date.parse(until), Date.now()) })}
        </span>
      )}
      {data.unavailable.map(({ value, reason }) => (
        <span key={value} className="muted">
          – {t(`energy.value.${value}` as MessageKey)}: {t(`energy.reason.${reason}` as MessageKey)}
        </span>
      ))}
    </p>
  );
}

/** One bar that closes: spans, other tenants and idle time are all that was measured. */
function Division({ data }: { readonly data: Energy }) {
  const t = useTranslate();
  const parts = partsOf(data);
  return (
    <Panel title={t("energy.division")}>
      <div className="division" aria-hidden="true">
        {parts.map(({ name, share }) => (
          <span key={name} className={`part ${name}`} style={{ width: `${share * 100}%` }} />
        ))}
      </div>
      <ul className="legend">
        {parts.map((part) => (
          <li key={part.name}>
            <span className={`dot part ${part.name}`} />
            {t(`energy.part.${part.name}` as MessageKey)}
            <strong>{joules(part.joules)}</strong> <span className="faint">{percent(part.share)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
