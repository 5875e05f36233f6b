import { useEffect, useState } from "react";
import { parseSpanPercentileResponse } from "../../../generated/api";
import { count, duration } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { explain } from "../../../shared/ui/QueryView";
import { standingOf } from "../model/percentile";

interface Props {
  readonly traceID: string;
  readonly spanID: string;
}

/** The server may read the spans of a day for it, so spans that are only passed by are not asked for. */
const SETTLE_MS = 300;

/** Whether the span took long for one of its kind; nothing where too few are known. */
export function Percentile({ traceID, spanID }: Props) {
  const t = useTranslate();
  const [isSettled, setSettled] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(true), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, []);
  const { data, error } = useQuery(
    isSettled ? apiURL(`/traces/${traceID}/spans/${spanID}/percentile`) : null, parseSpanPercentileResponse);
  const standing = data === null ? null : standingOf(data.data);
  if (standing === null && error === null) return null;
  return (
    <div>
      <dt>{t("percentile.title")}</dt>
      <dd>
        {standing === null ? <span className="faint">{error === null ? "" : explain(error, t)}</span> : (
          <>
            <span className={standing.isSlow ? "badge warn" : "badge"}>p{standing.percentile}</span>{" "}
            {t("percentile.among", { n: count(standing.count), hours: standing.hours })}{" "}
            <span className="faint">{t("percentile.median", { time: duration(standing.median) })}</span>
          </>
        )}
      </dd>
    </div>
  );
}
