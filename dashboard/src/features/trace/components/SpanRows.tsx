import { memo, useCallback, useEffect, useMemo, useRef } from "react";
import { duration } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { VirtualRows } from "../../../shared/ui/VirtualRows";
import type { Node, Tree } from "../../../shared/trace/tree";
import { phasesOf } from "../model/tokens";
import { ticksOf, zoomed, type View } from "../model/view";

interface Props {
  readonly tree: Tree;
  readonly rows: readonly number[];
  readonly critical: ReadonlySet<number>;
  readonly slots: ReadonlyMap<string, number>;
  readonly view: View;
  readonly folded: ReadonlySet<string>;
  readonly selected: number | null;
  /** Spans that match what is looked for; null where nothing is. */
  readonly found: readonly number[] | null;
  readonly select: (index: number | null) => void;
  readonly fold: (index: number, isFolded: boolean) => void;
  readonly setView: (view: View) => void;
}

const ROW_HEIGHT = 26;
const TICKS = 6;
const WHEEL_ZOOM = 1.0015;

/** The spans as a tree beside their bars in time. */
export function SpanRows(props: Props) {
  const { tree, rows, critical, slots, view, folded, selected, select, fold, setView } = props;
  const t = useTranslate();
  const scroller = useRef<HTMLDivElement>(null);
  const found = useMemo(() => (props.found === null ? null : new Set(props.found)), [props.found]);
  const latest = useRef({ view, duration: tree.duration, setView });
  latest.current = { view, duration: tree.duration, setView };

  // With Ctrl the wheel zooms, as browsers do; React's own listener could not keep the page from zooming.
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const track = element.querySelector("[data-track]")?.getBoundingClientRect();
      if (track === undefined) return;
      const now = latest.current;
      const share = Math.min(1, Math.max(0, (event.clientX - track.left) / track.width));
      const around = now.view.from + share * (now.view.to - now.view.from);
      now.setView(zoomed(now.view, WHEEL_ZOOM ** event.deltaY, around, now.duration));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);

  const current = selected === null ? null : rows.indexOf(selected);
  const toggle = useCallback((index: number, isFolded: boolean) => fold(index, isFolded), [fold]);
  return (
    <VirtualRows
      count={rows.length} rowHeight={ROW_HEIGHT} label={t("trace.timeline")} role="treegrid" className="span-list"
      scroller={scroller} current={current === -1 ? null : current} head={<Axis view={view} />}
      row={(at) => {
        const node = tree.nodes[rows[at] ?? -1];
        return node === undefined ? null : (
          <SpanRow
            key={node.span.span_id} node={node} view={view} slot={slots.get(node.span.service_name) ?? 1}
            isFolded={folded.has(node.span.span_id)} isCritical={critical.has(node.index)}
            state={rowState(node.index === selected, found === null ? null : found.has(node.index))}
            select={select} toggle={toggle}
          />
        );
      }}
    />
  );
}

type RowState = "plain" | "selected" | "match" | "other";

function rowState(isSelected: boolean, isMatch: boolean | null): RowState {
  if (isSelected) return "selected";
  return isMatch === null ? "plain" : isMatch ? "match" : "other";
}

function Axis({ view }: { readonly view: View }) {
  const t = useTranslate();
  return (
    <div className="rows-head span-grid" role="row" data-head>
      <span role="columnheader" className="span-name-head">
        {t("common.name")}
      </span>
      <span role="columnheader" className="track" data-track aria-label={t("trace.timeline")}>
        {ticksOf(view, TICKS).map((tick) => (
          <span key={tick} className="tick" style={{ left: `${shareOf(tick, view) * 100}%` }}>
            {duration(tick)}
          </span>
        ))}
      </span>
    </div>
  );
}

const shareOf = (time: number, view: View): number => (time - view.from) / (view.to - view.from);

interface RowProps {
  readonly node: Node;
  readonly view: View;
  readonly slot: number;
  readonly isFolded: boolean;
  readonly isCritical: boolean;
  readonly state: RowState;
  readonly select: (index: number | null) => void;
  readonly toggle: (index: number, isFolded: boolean) => void;
}

const INDENT = 14;
/** Deeper spans are not moved further to the right: their names would not fit. */
const INDENT_DEPTH_MAX = 14;

const SpanRow = memo(function SpanRow({ node, view, slot, isFolded, isCritical, state, select, toggle }: RowProps) {
  const t = useTranslate();
  const { span } = node;
  const [left, right] = [shareOf(node.start, view), shareOf(node.start + node.duration, view)];
  const isInView = right >= 0 && left <= 1;
  const [from, to] = [Math.max(0, left), Math.min(1, right)];
  return (
    <div
      role="row" className={`rows-row span-grid ${state}`} aria-level={node.depth + 1}
      aria-selected={state === "selected"} aria-expanded={node.descendants > 0 ? !isFolded : undefined}
      onClick={() => select(node.index)}
    >
      <span
        role="gridcell" className="span-name" style={{ paddingLeft: Math.min(node.depth, INDENT_DEPTH_MAX) * INDENT }}
        title={`${span.name}\n${span.service_name}`}
      >
        {node.descendants > 0 ? (
          <button
            type="button" className="fold" tabIndex={-1}
            aria-label={t(isFolded ? "trace.expandAll" : "trace.collapseAll")}
            onClick={(event) => {
              event.stopPropagation();
              toggle(node.index, !isFolded);
            }}
          >
            <span aria-hidden="true">{isFolded ? "▸" : "▾"}</span>
          </button>
        ) : (
          <span className="fold" />
        )}
        <span className="dot" style={{ background: `var(--c${slot})` }} />
        <span className="clip">{span.name}</span>
        <span className="faint clip service">{span.service_name}</span>
        {isFolded && <span className="badge">+{node.descendants}</span>}
        {node.isOrphan && <span className="badge warn">{t("trace.orphans")}</span>}
        {(node.isError || (isFolded && node.hasErrorBelow)) && (
          <span className="error-text">
            <span aria-hidden="true">⊗</span>
            <span className="sr">{t("common.error")}</span>
          </span>
        )}
      </span>
      <span role="gridcell" className="track">
        {isInView && (
          <>
            <span
              className={`bar${isCritical ? " critical" : ""}${node.isError ? " failed" : ""}`}
              style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%`, background: `var(--c${slot})` }}
            >
              {left >= 0 && right <= 1 && <Phases node={node} />}
            </span>
            <span className="bar-text" style={{ left: `calc(${to * 100}% + 6px)` }}>
              {duration(node.duration)}
            </span>
          </>
        )}
      </span>
    </div>
  );
});

/** Within the bar of a model's call: what it waited, and what it read, before it wrote. */
function Phases({ node: { span, duration: taken } }: { readonly node: Node }) {
  if (span.gen_ai === null) return null;
  const whole = Math.max(1, taken);
  return (
    <>
      {phasesOf(span, taken).filter((phase) => phase.kind !== "decode").map((phase) => (
        <span
          key={phase.kind} className={`bar-phase ${phase.kind}`}
          style={{ left: `${(phase.from / whole) * 100}%`, width: `${((phase.to - phase.from) / whole) * 100}%` }}
        />
      ))}
    </>
  );
}
