import { count, joules, milliseconds, money, percent } from "../../../shared/format/numbers";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters, hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { Panel } from "../../../shared/ui/Panel";
import { csvOf, isAttribute, sorted, type Grouping, type Row, type SortKey } from "../model";

interface Props {
  readonly rows: readonly Row[];
  readonly groupCount: number;
  readonly by: Grouping;
  readonly sort: SortKey;
  readonly currency: string | null;
}

const COLUMNS: readonly (readonly [SortKey, MessageKey])[] = [
  ["calls", "common.calls"], ["errorRate", "common.errors"], ["p50", "analytics.p50"], ["p95", "analytics.p95"],
  ["p99", "analytics.p99"], ["inputTokens", "analytics.input"], ["outputTokens", "analytics.output"],
  ["joules", "energy.energy"], ["joulesPerOutputToken", "energy.perToken"], ["cost", "analytics.cost"],
];

/** All numbers of each group; a heading orders by its column, a name leads to the traces. */
export function AnalyticsTable({ rows, groupCount, by, sort, currency }: Props) {
  const t = useTranslate();
  const shown = sorted(rows, sort);
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csvOf(shown, by)], { type: "text/csv" }));
    link.download = `axonize-${by.replace(/[^\w.-]/g, "_")}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Panel
      title={isAttribute(by) ? by : t(`analytics.by.${by}` as MessageKey)} isFlush
      actions={
        <span className="panel-actions">
          {groupCount > rows.length && (
            <span className="faint">{t("overview.ofTotal", { n: rows.length, total: groupCount })}</span>
          )}
          <button type="button" className="button" onClick={save}>
            {t("analytics.export")}
          </button>
        </span>
      }
    >
      <div className="scroll-x">
        <table className="data">
          <thead>
            <tr>
              <th className="wide">{isAttribute(by) ? by : t(`analytics.by.${by}` as MessageKey)}</th>
              {COLUMNS.map(([key, title]) => (
                <th key={key} className="num" aria-sort={key === sort ? "descending" : "none"}>
                  <button
                    type="button" className="button plain sort"
                    onClick={() => changeParameters({ sort: key === "calls" ? undefined : key })}
                  >
                    {t(title)} {key === sort && "↓"}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.group}>
                <td className="wide">
                  <Link to={hrefOf("/traces", { [by]: row.group })}>{row.group}</Link>
                </td>
                <td className="num">{count(row.calls)}</td>
                <td className={row.errorRate > 0 ? "num error-text" : "num faint"}>{percent(row.errorRate)}</td>
                <td className="num">{milliseconds(row.p50)}</td>
                <td className="num">{milliseconds(row.p95)}</td>
                <td className="num">{milliseconds(row.p99)}</td>
                <td className="num muted">{count(row.inputTokens)}</td>
                <td className="num muted">{count(row.outputTokens)}</td>
                <td className="num">{joules(row.joules)}</td>
                <td className="num">{joules(row.joulesPerOutputToken)}</td>
                <td className="num">{money(row.cost, currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
