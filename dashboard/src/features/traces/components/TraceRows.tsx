import { memo } from "react";
import type { TraceSummary } from "../../../generated/api";
import { count, duration, toNumber } from "../../../shared/format/numbers";
import { middle } from "../../../shared/format/texts";
import { fullTime, msOfNanoseconds, timeOfDay } from "../../../shared/format/times";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import type { Pages } from "../../../shared/query/usePages";
import { changeParameters, hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { Scores } from "../../../shared/trace/Scores";
import { VirtualRows } from "../../../shared/ui/VirtualRows";

interface Props {
  readonly traces: readonly TraceSummary[];
  readonly pages: Pages<TraceSummary>;
  readonly selected: number | null;
  /** The trace that is chosen to be compared with another one. */
  readonly marked: string | null;
  readonly sort: string;
  readonly peek: (trace: TraceSummary) => void;
  readonly mark: (trace: TraceSummary) => void;
}

const ROW_HEIGHT = 28;
const MODEL_LENGTH_MAX = 22;
const SERVICES_SHOWN = 3;
const SCORES_SHOWN = 2;

export function TraceRows({ traces, pages, selected, marked, sort, peek, mark }: Props) {
  const t = useTranslate();
  const slowest = traces.reduce((max, trace) => Math.max(max, toNumber(trace.duration_ns)), 1);
  return (
    <VirtualRows
      count={traces.length} rowHeight={ROW_HEIGHT} label={t("traces.title")} current={selected} className="trace-list"
      onNearEnd={pages.loadMore} head={<Head sort={sort} />}
      row={(index) => {
        const trace = traces[index];
        return trace === undefined ? null : (
          <Row
            key={trace.trace_id} trace={trace} index={index} share={toNumber(trace.duration_ns) / slowest}
            isSelected={index === selected} isMarked={trace.trace_id === marked} peek={peek} mark={mark}
          />
        );
      }}
      foot={
        <div className="rows-foot faint" role="status">
          {pages.hasMore ? (pages.isLoading ? t("traces.loadMore") : "") : t("traces.end")}
        </div>
      }
    />
  );
}

const COLUMNS: readonly (readonly [MessageKey, string | null, string])[] = [
  ["common.time", "start_time", ""], ["traces.root", null, ""], ["common.duration", "duration", ""],
  ["common.spans", null, "num"], ["traces.services", null, ""], ["common.model", null, ""],
  ["common.tokensInOut", null, "num"],
];

function Head({ sort }: { readonly sort: string }) {
  const t = useTranslate();
  return (
    <div className="rows-head trace-grid" role="row" data-head>
      <span role="columnheader" title={t("compare.mark")}>
        A/B
      </span>
      {COLUMNS.map(([title, field, className]) => {
        if (field === null) {
          return (
            <span key={title} role="columnheader" className={className}>
              {t(title)}
            </span>
          );
        }
        const isDown = sort === `-${field}`;
        const isSorted = isDown || sort === field;
        return (
          <span key={title} role="columnheader" aria-sort={isSorted ? (isDown ? "descending" : "ascending") : "none"}>
            <button
              type="button" aria-label={t("traces.sort", { name: t(title) })}
              onClick={() => changeParameters({ sort: isDown ? field : `-${field}` })}
            >
              {t(title)} <span aria-hidden="true">{isSorted ? (isDown ? "↓" : "↑") : ""}</span>
            </button>
          </span>
        );
      })}
    </div>
  );
}

interface RowProps {
  readonly trace: TraceSummary;
  readonly index: number;
  readonly share: number;
  readonly isSelected: boolean;
  readonly isMarked: boolean;
  readonly peek: (trace: TraceSummary) => void;
  readonly mark: (trace: TraceSummary) => void;
}

const Row = memo(function Row({ trace, index, share, isSelected, isMarked, peek, mark }: RowProps) {
  const t = useTranslate();
  const start = msOfNanoseconds(trace.start_time_unix_nano);
  const names = trace.services.map((service) => service.name);
  const model = trace.models[0];
  return (
    <div
      role="row" aria-rowindex={index + 1} aria-selected={isSelected} className="rows-row trace-grid"
      onClick={() => peek(trace)}
    >
      <span role="gridcell">
        <button
          type="button" className="mark" aria-pressed={isMarked} aria-label={t("compare.mark")} tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            mark(trace);
          }}
        >
          {isMarked ? "A" : ""}
        </button>
      </span>
      <span role="gridcell" className="muted" title={fullTime(start)}>
        {timeOfDay(start, Date.now())}
      </span>
      <span role="gridcell" className="clip">
        {trace.error_count > 0 && (
          <span className="badge error">
            ⊗ {trace.error_count}
            <span className="sr"> {t("common.errors")}</span>
          </span>
        )}{" "}
        <Link
          to={hrefOf(`/traces/${trace.trace_id}`)} title={trace.root_name ?? undefined} tabIndex={-1}
          onClick={(event) => event.stopPropagation()}
        >
          {trace.root_name ?? t("traces.noRoot")}
        </Link>{" "}
        <span className="faint">{trace.root_service}</span>{" "}
        <Scores scores={trace.scores} max={SCORES_SHOWN} />
      </span>
      <span role="gridcell" className="duration-cell">
        <span className="duration-bar" style={{ width: `${Math.max(1, share * 100)}%` }} aria-hidden="true" />
        <span className="duration-text">{duration(toNumber(trace.duration_ns))}</span>
      </span>
      <span role="gridcell" className="num muted">
        {count(trace.span_count)}
      </span>
      <span role="gridcell" className="clip muted" title={names.join(", ")}>
        {names.slice(0, SERVICES_SHOWN).join(" · ")}
        {names.length > SERVICES_SHOWN && ` +${names.length - SERVICES_SHOWN}`}
      </span>
      <span role="gridcell" className="clip muted" title={trace.models.join(", ")}>
        {model === undefined ? "" : middle(model, MODEL_LENGTH_MAX)}
        {trace.models.length > 1 && ` +${trace.models.length - 1}`}
      </span>
      <span role="gridcell" className="num muted">
        {toNumber(trace.input_tokens) + toNumber(trace.output_tokens) === 0 ? "–"
          : `${count(toNumber(trace.input_tokens))} / ${count(toNumber(trace.output_tokens))}`}
      </span>
    </div>
  );
});
