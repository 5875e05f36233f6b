import { parseOverview } from "../../../generated/api";
import { count } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import { useRange, useRefresh } from "../../../shared/time/useRange";

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly count: number;
}

const CHOICES_MAX = 12;

/** What there is in the range, with how many spans, as ways to narrow the list. */
export function Facets() {
  const t = useTranslate();
  const range = useRange();
  const refreshMs = useRefresh();
  const parameters = useParameters();
  const base = { start: range.start, end: range.end === "now" ? undefined : range.end, limit: CHOICES_MAX };
  const service = parameters.get("service") ?? undefined;
  const services = useQuery(
    apiURL("/analytics/overview", { ...base, group_by: "service" }), parseOverview, { refreshMs });
  const models = useQuery(
    apiURL("/analytics/overview", { ...base, group_by: "model", service }), parseOverview, { refreshMs });
  const chosen = services.data?.data.groups.find((group) => group.group === service) ?? services.data?.data.total;
  const status: Choice[] = chosen === undefined ? [] : [
    { value: "error", label: t("common.error"), count: chosen.error_count },
  ];
  const choices = (groups: typeof services, isModel: boolean): Choice[] =>
    (groups.data?.data.groups ?? []).map((group) => ({
      value: group.group, label: group.group, count: isModel ? group.call_count : group.span_count,
    }));
  return (
    <aside className="side" aria-label={t("traces.facets")}>
      <Facet title={t("traces.facetStatus")} parameter="status" choices={status} />
      <Facet title={t("common.service")} parameter="service" choices={choices(services, false)} />
      <Facet title={t("common.model")} parameter="model" choices={choices(models, true)} />
      <p className="faint side-note">{t("traces.facetSpans")}</p>
    </aside>
  );
}

interface FacetProps {
  readonly title: string;
  readonly parameter: string;
  readonly choices: readonly Choice[];
}

function Facet({ title, parameter, choices }: FacetProps) {
  const chosen = useParameters().get(parameter);
  if (choices.length === 0) return null;
  const most = choices.reduce((max, choice) => Math.max(max, choice.count), 1);
  return (
    <section>
      <h2>{title}</h2>
      <ul>
        {choices.map((choice) => (
          <li key={choice.value}>
            <button
              type="button" className="facet" aria-pressed={chosen === choice.value} title={choice.label}
              onClick={() => changeParameters({ [parameter]: chosen === choice.value ? undefined : choice.value })}
            >
              <span className="facet-bar" style={{ width: `${(choice.count / most) * 100}%` }} aria-hidden="true" />
              <span className="clip">{choice.label}</span>
              <span className="faint">{count(choice.count)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
