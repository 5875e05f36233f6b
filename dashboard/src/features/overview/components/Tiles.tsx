import { POWER, readingOf, sumOf } from "../../../shared/fleet/readings";
import {
  change, count, joules, milliseconds, money, percent, rate, toNumber, watts,
} from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { Sparkline } from "../../../shared/plot/Sparkline";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { boundsOf } from "../../../shared/time/range";
import { changeOf, costOf } from "../health";
import type { OverviewQueries } from "../useOverview";

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly unit?: string;
  readonly delta?: number | null;
  /** Whether more of it is worse. */
  readonly isWorse?: boolean;
  readonly values?: readonly (number | null)[];
  readonly slot?: number;
  readonly to: string;
  /** A second number, below the first. */
  readonly note?: string;
}

/** The numbers of the range, each with its change against the range before, and a way to what is behind it. */
export function Tiles({ queries }: { readonly queries: OverviewQueries }) {
  const t = useTranslate();
  const { services, before, latency, throughput, gpus, range } = queries;
  const total = services.data?.data.total;
  const earlier = before.data?.data.total;
  const { from, to } = boundsOf(range, Date.now());
  const seconds = (to - from) / 1_000;
  const latencyPoints = latency.data?.data.series[0]?.points ?? [];
  const points = throughput.data?.data.series[0]?.points ?? [];
  const devices = gpus.data?.data.filter((gpu) => gpu.condition !== "gone") ?? [];
  const spans = (found: typeof total) => (found === undefined ? null : found.span_count);
  const tokens = (found: typeof total) => (found === undefined ? null : toNumber(found.output_tokens));
  const perSecond = (value: number | null) => (value === null ? null : value / seconds);
  const used = queries.energy.data?.data;
  const perToken = used?.total.joules_per_output_token ?? null;
  const cost = used === undefined ? null : costOf(used.total, used.idle);
  const isBusy = services.isPrevious;
  return (
    <ul className={isBusy ? "tiles dimmed" : "tiles"} aria-busy={isBusy}>
      <Tile
        label={t("overview.rate")} value={rate(perSecond(spans(total)))} delta={changeOf(spans(total), spans(earlier))}
        values={points.map((point) => point.spans_per_second)} to={hrefOf("/traces")}
      />
      <Tile
        label={t("overview.p50")} value={milliseconds(total?.duration_ms.p50)}
        delta={changeOf(total?.duration_ms.p50 ?? null, earlier?.duration_ms.p50 ?? null)} isWorse
        values={latencyPoints.map((point) => point.duration_ms.p50)} slot={7} to={hrefOf("/traces")}
      />
      <Tile
        label={t("overview.p95")} value={milliseconds(total?.duration_ms.p95)}
        delta={changeOf(total?.duration_ms.p95 ?? null, earlier?.duration_ms.p95 ?? null)} isWorse
        values={latencyPoints.map((point) => point.duration_ms.p95)} to={hrefOf("/traces", { sort: "-duration" })}
      />
      <Tile
        label={t("overview.errorRate")} value={percent(total?.error_rate)}
        delta={changeOf(total?.error_rate ?? null, earlier?.error_rate ?? null)} isWorse
        values={points.map((point) => point.error_rate)} slot={6} to={hrefOf("/traces", { status: "error" })}
      />
      <Tile
        label={t("overview.outputTokens")} value={rate(perSecond(tokens(total)))}
        delta={changeOf(tokens(total), tokens(earlier))} values={points.map((point) => point.output_tokens_per_second)}
        slot={3} to={hrefOf("/traces")}
      />
      {cost === null ? (
        <Tile
          label={t("overview.calls")} value={count(total?.call_count)}
          delta={changeOf(total?.call_count ?? null, earlier?.call_count ?? null)}
          values={points.map((point) => point.call_count)} slot={3} to={hrefOf("/analytics", { group: "model" })}
        />
      ) : (
        <Tile
          label={t("overview.costPerHour", { currency: used?.currency ?? "" })}
          value={money((cost * 3_600) / seconds, null)} to={hrefOf("/analytics", { group: "model", measure: "cost" })}
        />
      )}
      <Tile
        label={t("overview.gpusUp")} to={hrefOf("/gpus")}
        value={devices.length === 0 ? "–"
          : `${devices.filter((gpu) => gpu.condition === "up").length} / ${devices.length}`}
      />
      <Tile
        label={t("overview.power")} to={hrefOf("/energy")}
        value={watts(sumOf(devices.map((gpu) => readingOf(gpu, POWER).value)))}
        {...(perToken === null ? {} : { note: t("overview.perThousand", { value: joules(perToken * 1_000) }) })}
      />
    </ul>
  );
}

function Tile({ label, value, delta, isWorse = false, values, slot = 1, to, note }: TileProps) {
  const t = useTranslate();
  const isNotable = isWorse && delta !== null && delta !== undefined && delta > 0.2;
  return (
    <li>
      <Link to={to} className="tile">
        <span className="tile-label">{label}</span>
        <span className="tile-value">{value}</span>
        <span className="tile-foot">
          {delta === undefined ? null : (
            <span className={isNotable ? "warn-text" : "faint"} title={t("overview.before")}>
              {isNotable ? "▲ " : ""}
              {change(delta)}
              <span className="sr"> {t("overview.before")}</span>
            </span>
          )}
          {note !== undefined && <span className="faint">{note}</span>}
          {values !== undefined && <Sparkline values={values} slot={slot} />}
        </span>
      </Link>
    </li>
  );
}
