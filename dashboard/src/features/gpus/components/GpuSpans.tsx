import { parseGpuSpanList, type GpuSpan } from "../../../generated/api";
import { KnownValue } from "../../../shared/fleet/UseMark";
import { duration, joules, percent, toNumber } from "../../../shared/format/numbers";
import { msOfNanoseconds, timeOfDay } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { usePages } from "../../../shared/query/usePages";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { useRange } from "../../../shared/time/useRange";
import { Panel } from "../../../shared/ui/Panel";
import { Failure } from "../../../shared/ui/QueryView";
import { StateMessage } from "../../../shared/ui/StateMessage";

const PAGE_SIZE = 20;
const idOf = (span: GpuSpan) => `${span.trace_id} ${span.span_id} ${span.gpu_id}`;

interface Props {
  readonly id: string;
  /** Whether it is a divided board, whose spans name its parts. */
  readonly isBoard: boolean;
}

/** The spans on a GPU, the newest first, with what each took of it. */
export function GpuSpans({ id, isBoard }: Props) {
  const t = useTranslate();
  const range = useRange();
  const url = apiURL(`/gpus/${encodeURIComponent(id)}/spans`, {
    start: range.start, end: range.end === "now" ? undefined : range.end, limit: PAGE_SIZE,
  });
  const pages = usePages(url, parseGpuSpanList, { idOf, refreshMs: null });
  return (
    <Panel
      title={t("gpus.spans")} isFlush
      actions={pages.hasMore && (
        <button type="button" className="button plain" disabled={pages.isLoading} onClick={pages.loadMore}>
          {t("common.more")}
        </button>
      )}
    >
      {pages.error !== null && <Failure error={pages.error} retry={pages.reload} />}
      {pages.items === null && pages.error === null && <div className="state" aria-busy="true" />}
      {pages.items?.length === 0 && (
        <StateMessage
          title={t(isBoard ? "gpus.noBoardSpans" : "gpus.noSpans")}
          {...(isBoard ? { detail: t("gpus.spansOfParts") } : {})}
        />
      )}
      {pages.warnings.map((warning) => (
        <p key={warning} className="stale" role="status">▲ {warning}</p>
      ))}
      {pages.items !== null && pages.items.length > 0 && (
        <div className="scroll-x">
          <table className="data">
            <thead>
              <tr>
                <th>{t("common.time")}</th>
                <th className="wide">{t("common.name")}</th>
                <th className="num">{t("common.duration")}</th>
                <th className="num">{t("use.occupied")}</th>
                <th className="num">{t("gpus.utilization")}</th>
                <th>{t("use.energy")}</th>
              </tr>
            </thead>
            <tbody>
              {pages.items.map((span) => (
                <tr key={idOf(span)}>
                  <td className="muted">{timeOfDay(msOfNanoseconds(span.start_time_unix_nano), Date.now(), false)}</td>
                  <td className="wide">
                    <Link to={hrefOf(`/traces/${span.trace_id}`, { span: span.span_id })}>{span.name}</Link>{" "}
                    <span className="faint">{span.service_name}</span>
                    {span.status === "error" && <span className="error-text"> ⊗ {t("common.error")}</span>}
                  </td>
                  <td className="num">{duration(toNumber(span.duration_ns))}</td>
                  <td className="num">{duration(span.use.occupied_ns)}</td>
                  <td className="num">{percent(span.use.utilization.mean)}</td>
                  <td>
                    <KnownValue
                      value={span.use.energy}
                      text={span.use.energy.joules === undefined ? null : joules(span.use.energy.joules)}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
