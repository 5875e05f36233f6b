import { parseFacetResponse, type Facet as FacetData } from "../../../generated/api";
import { filtersOf, isTraceField } from "../../../shared/filters/filters";
import { count } from "../../../shared/format/numbers";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate, type Translate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import { useRange, useRefresh } from "../../../shared/time/useRange";
import { QueryView } from "../../../shared/ui/QueryView";
import { choicesOf, facetQuery, FACETS, type FacetField } from "../facets";

const CHOICES_MAX = 10;
/** Counts are of many spans, so a live list does not ask for them with every look. */
const REFRESH_MS_MIN = 10_000;

/** What the spans of the conditions have, with how many, as ways to narrow the list. */
export function Facets() {
  const t = useTranslate();
  const range = useRange();
  const refresh = useRefresh();
  const parameters = useParameters();
  const environment = parameters.get("env") ?? undefined;
  const query = useQuery(
    apiURL("/traces/facets", {
      start: range.start, end: range.end === "now" ? undefined : range.end, limit: CHOICES_MAX,
      ...facetQuery(filtersOf(parameters, isTraceField)), "resource.deployment.environment.name": environment,
    }),
    parseFacetResponse, { refreshMs: refresh === null ? null : Math.max(refresh, REFRESH_MS_MIN) });
  return (
    <aside className="side" aria-label={t("traces.facets")}>
      <QueryView query={query}>
        {({ data }) => (
          <>
            {FACETS.map((field) => (
              <Facet key={field} field={field} data={data.fields.find((entry) => entry.field === field)} />
            ))}
            <p className="faint side-note">
              {t(data.sample_divisor > 1 ? "facets.sampled" : "facets.spans", {
                n: count(data.span_count), divisor: count(data.sample_divisor),
              })}
            </p>
          </>
        )}
      </QueryView>
    </aside>
  );
}

interface FacetProps {
  readonly field: FacetField;
  readonly data: FacetData | undefined;
}

function Facet({ field, data }: FacetProps) {
  const t = useTranslate();
  const chosen = useParameters().get(field);
  const choices = choicesOf(data, chosen);
  if (choices.length === 0) return null;
  const most = choices.reduce((max, choice) => Math.max(max, choice.count ?? 0), 1);
  const more = (data?.value_count ?? 0) - (data?.values.length ?? 0);
  return (
    <section>
      <h2>{t(TITLES[field])}</h2>
      <ul>
        {choices.map((choice) => (
          <li key={choice.value}>
            <button
              type="button" className="facet" aria-pressed={chosen === choice.value} title={choice.value}
              onClick={() => changeParameters({ [field]: chosen === choice.value ? undefined : choice.value })}
            >
              <span
                className="facet-bar" style={{ width: `${((choice.count ?? 0) / most) * 100}%` }} aria-hidden="true"
              />
              <span className="clip">{labelOf(field, choice.value, t)}</span>
              <span className="faint">{count(choice.count)}</span>
            </button>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="faint side-note">{t("facets.more", { n: count(more) })}</p>}
    </section>
  );
}

const TITLES: Readonly<Record<FacetField, MessageKey>> = {
  status: "traces.facetStatus", service: "common.service", model: "common.model", operation: "common.operation",
  provider: "analytics.by.provider", gpu: "analytics.by.gpu", user: "facets.user", session: "facets.session",
};

const labelOf = (field: FacetField, value: string, t: Translate): string =>
  field === "status" && value === "error" ? t("common.error") : value;
