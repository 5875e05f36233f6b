import type { Overview } from "../../generated/api";
import { count, milliseconds, percent, toNumber } from "../format/numbers";
import { useTranslate } from "../i18n/language";
import type { Query } from "../query/useQuery";
import { hrefOf } from "../router/location";
import { Link } from "../router/Link";
import { Panel } from "../ui/Panel";
import { QueryView } from "../ui/QueryView";
import { StateMessage } from "../ui/StateMessage";

interface Props {
  readonly title: string;
  readonly parameter: "service" | "model" | "operation";
  readonly query: Query<Overview>;
  /** Where the name of a group leads; without it, to its traces. */
  readonly hrefFor?: (group: string) => string;
}

const NAMES = { service: "common.service", model: "common.model", operation: "common.operation" } as const;

/** A row for each service, model or operation of models; a name leads to its traces. */
export function GroupTable({ title, parameter, query, hrefFor }: Props) {
  const t = useTranslate();
  const isModel = parameter !== "service";
  const total = query.data?.data.group_count ?? 0;
  const shown = query.data?.data.groups.length ?? 0;
  return (
    <Panel
      title={title} isFlush
      actions={total > shown && <span className="faint">{t("overview.ofTotal", { n: shown, total })}</span>}
    >
      <QueryView
        query={query} isEmpty={({ data }) => data.groups.length === 0}
        empty={<StateMessage title={t(isModel ? "overview.noModels" : "state.noData")} />}
      >
        {({ data }) => (
          <div className="scroll-x">
            <table className="data">
              <thead>
                <tr>
                  <th className="wide">{t(NAMES[parameter])}</th>
                  <th className="num">{t(isModel ? "common.calls" : "common.spans")}</th>
                  <th className="num">{t("common.errors")}</th>
                  <th className="num">p50</th>
                  <th className="num">p95</th>
                  <th className="num">p99</th>
                  <th className="num">{t("common.tokensInOut")}</th>
                </tr>
              </thead>
              <tbody>
                {data.groups.map((group) => (
                  <tr key={group.group}>
                    <td className="wide" title={group.group}>
                      <Link to={hrefFor?.(group.group) ?? hrefOf("/traces", { [parameter]: group.group })}>
                        {group.group}
                      </Link>
                    </td>
                    <td className="num">{count(isModel ? group.call_count : group.span_count)}</td>
                    <td className={group.error_count > 0 ? "num error-text" : "num faint"}>
                      {percent(group.error_rate)}
                    </td>
                    <td className="num">{milliseconds(group.duration_ms.p50)}</td>
                    <td className="num">{milliseconds(group.duration_ms.p95)}</td>
                    <td className="num">{milliseconds(group.duration_ms.p99)}</td>
                    <td className="num muted">
                      {count(toNumber(group.input_tokens))} / {count(toNumber(group.output_tokens))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </QueryView>
    </Panel>
  );
}
