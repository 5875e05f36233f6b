import { useMemo } from "react";
import { parseScoreNameList, parseScoreTimeline, type ScoreName } from "../../generated/api";
import { count, percent, toNumber } from "../../shared/format/numbers";
import { timeOfDay } from "../../shared/format/times";
import { useTranslate } from "../../shared/i18n/language";
import { TimeChart } from "../../shared/plot/TimeChart";
import { apiURL } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { hrefOf } from "../../shared/router/location";
import { Link } from "../../shared/router/Link";
import { useRange, useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { categoriesOf, courseOf, queryOf } from "./model";

const NAMES_MAX = 100;

/** What is judged: each name with its values and their course. */
export default function ScoresPage() {
  const t = useTranslate();
  const range = useRange();
  const options = { refreshMs: useRefresh() };
  const base = { start: range.start, end: range.end === "now" ? undefined : range.end };
  const names = useQuery(apiURL("/score-names", { ...base, limit: NAMES_MAX }), parseScoreNameList, options);
  const timeline = useQuery(apiURL("/analytics/scores", base), parseScoreTimeline, options);
  const course = useMemo(() => (timeline.data === null ? null : courseOf(timeline.data.data)), [timeline.data]);
  return (
    <Page title={t("scores.title")}>
      <Panel title={t("scores.names")} isFlush>
        <QueryView
          query={names} isEmpty={({ data }) => data.length === 0}
          empty={<StateMessage mark="◌" title={t("scores.none")} detail={t("scores.noneDetail")} />}
        >
          {({ data }) => <Names names={data} />}
        </QueryView>
      </Panel>
      {course !== null && course.series.length > 0 && (
        <Panel title={t("scores.course")}>
          <TimeChart title={t("scores.course")} times={course.times} series={course.series} format={count} />
        </Panel>
      )}
    </Page>
  );
}

function Names({ names }: { readonly names: readonly ScoreName[] }) {
  const t = useTranslate();
  const now = Date.now();
  return (
    <div className="scroll-x">
      <table className="data">
        <thead>
          <tr>
            <th className="wide">{t("scores.name")}</th>
            <th className="num">{t("scores.count")}</th>
            <th className="num">{t("metrics.mean")}</th>
            <th className="num">{t("scores.range")}</th>
            <th>{t("scores.categories")}</th>
            <th className="num">{t("metrics.last")}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((score) => (
            <tr key={`${score.name} ${score.kind}`}>
              <td className="wide">
                <Link to={hrefOf("/traces", { q: queryOf(score.name), service: undefined })}>{score.name}</Link>
              </td>
              <td className="num">{count(toNumber(score.count))}</td>
              <td className="num">{score.kind === "boolean" ? percent(score.mean) : count(score.mean)}</td>
              <td className="num muted">
                {score.kind === "number" ? `${count(score.min)} – ${count(score.max)}` : "–"}
              </td>
              <td className="muted">
                {categoriesOf(score).map(({ name, share }) => `${name} ${percent(share)}`).join(", ")}
              </td>
              <td className="num muted">{timeOfDay(Date.parse(score.last_time), now, false)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
