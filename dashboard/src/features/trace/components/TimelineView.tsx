import { useCallback, useEffect, useMemo, useState } from "react";
import type { GpuTraceResponse } from "../../../generated/api";
import { useTranslate } from "../../../shared/i18n/language";
import type { Query } from "../../../shared/query/useQuery";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import { criticalPath, initiallyFolded, matches, visibleRows, type Tree } from "../../../shared/trace/tree";
import { moved, viewOf, zoomed, type View } from "../model/view";
import { GpuLanes } from "./GpuLanes";
import { Minimap } from "./Minimap";
import { SpanRows } from "./SpanRows";
import { Toolbar } from "./Toolbar";
import { useTraceKeys } from "./useTraceKeys";
import { WithSpan, type WithSpanProps } from "./WithSpan";

/** Zooming by one step of a key or of the wheel. */
const ZOOM_STEP = 0.8;
const PAN_STEP = 0.15;

interface Props extends Omit<WithSpanProps, "children"> {
  readonly gpuQuery: Query<GpuTraceResponse> | null;
}

/** When what ran: spans beside their bars, the whole trace above, its GPUs below. */
export function TimelineView({ gpuQuery, ...shared }: Props) {
  const { tree, slots, selected, select } = shared;
  const t = useTranslate();
  const parameters = useParameters();
  const critical = useMemo(() => criticalPath(tree), [tree]);
  const [folded, setFolded] = useState(() => initiallyFolded(tree, critical));
  const rows = useMemo(() => visibleRows(tree, folded), [tree, folded]);
  const view = useMemo(() => viewOf(parameters, tree.duration), [parameters, tree]);
  const find = parameters.get("find") ?? "";
  const found = useMemo(() => matches(tree, find), [tree, find]);
  const errors = useMemo(() => tree.nodes.filter((node) => node.isError).map((node) => node.index), [tree]);
  useEffect(() => setFolded((now) => withoutAbove(tree, now, selected)), [tree, selected]);

  const setView = useCallback((next: View) => {
    const isWhole = next.from <= 0 && next.to >= tree.duration;
    changeParameters({
      t0: isWhole ? undefined : String(Math.round(next.from)), t1: isWhole ? undefined : String(Math.round(next.to)),
    }, { replace: true });
  }, [tree]);
  const fold = useCallback((index: number, isFolded: boolean) => {
    const node = tree.nodes[index];
    if (node === undefined || node.descendants === 0) return;
    setFolded((now) => {
      const next = new Set(now);
      if (isFolded) next.add(node.span.span_id);
      else next.delete(node.span.span_id);
      return next;
    });
  }, [tree]);
  const step = (among: readonly number[], by: 1 | -1) => {
    if (among.length === 0) return;
    const at = by === 1 ? among.find((index) => index > (selected ?? -1)) ?? among[0]
      : [...among].reverse().find((index) => index < (selected ?? Infinity)) ?? among[among.length - 1];
    select(at ?? null);
  };
  const fit = () => {
    const node = selected === null ? undefined : tree.nodes[selected];
    if (node !== undefined) setView(zoomed({ from: node.start, to: node.start + node.duration }, 1.1,
      node.start + node.duration / 2, tree.duration));
  };
  const reset = () => setView({ from: 0, to: tree.duration });
  const center = (view.from + view.to) / 2;
  useTraceKeys({
    tree, rows, selected, folded, select, fold, fit, reset,
    nextError: () => step(errors, 1), nextMatch: (by) => step(found, by),
    zoom: (isIn) => setView(zoomed(view, isIn ? ZOOM_STEP : 1 / ZOOM_STEP, center, tree.duration)),
    pan: (direction, isLarge) => setView(moved(view, direction * PAN_STEP * (isLarge ? 4 : 1), tree.duration)),
  });
  const collapseAll = () => setFolded(new Set(
    tree.nodes.filter((entry) => entry.descendants > 0 && entry.depth > 0).map((entry) => entry.span.span_id)));
  const foundAt = selected === null ? -1 : found.indexOf(selected);
  return (
    <>
      <Toolbar
        mode="timeline" isCompared={false} services={tree.services} slots={slots}
        find={{
          text: find, step: (by) => step(found, by), status: found.length === 0 ? t("trace.noMatches")
            : t("trace.matches", { at: foundAt < 0 ? "–" : foundAt + 1, n: found.length }),
        }}
      >
        {errors.length > 0 && (
          <button type="button" className="button" onClick={() => step(errors, 1)}>
            <span className="error-text" aria-hidden="true">⊗</span> {t("trace.nextError")}
          </button>
        )}
        <button type="button" className="button" onClick={() => setFolded(new Set())}>
          {t("trace.expandAll")}
        </button>
        <button type="button" className="button" onClick={collapseAll}>
          {t("trace.collapseAll")}
        </button>
        <button
          type="button" className="button" disabled={view.from <= 0 && view.to >= tree.duration} onClick={reset}
        >
          {t("trace.reset")}
        </button>
      </Toolbar>
      <WithSpan {...shared}>
        <section className="panel timeline" aria-label={t("trace.timeline")}>
          <Minimap tree={tree} critical={critical} view={view} setView={setView} />
          <SpanRows
            tree={tree} rows={rows} critical={critical} slots={slots} view={view} folded={folded} selected={selected}
            found={find === "" ? null : found} select={select} fold={fold} setView={setView}
          />
          {gpuQuery !== null && (
            <GpuLanes
              query={gpuQuery} start={tree.startText} view={view}
              selected={selected === null ? null : tree.nodes[selected]?.span.span_id ?? null}
              select={(id) => select(tree.byID.get(id) ?? null)}
            />
          )}
        </section>
      </WithSpan>
    </>
  );
}

/** What is folded without the spans above one: what is selected is never hidden. */
function withoutAbove(tree: Tree, folded: ReadonlySet<string>, selected: number | null): ReadonlySet<string> {
  if (selected === null) return folded;
  const open = new Set(folded);
  for (let above = tree.nodes[tree.nodes[selected]?.parent ?? -1]; above !== undefined;
    above = tree.nodes[above.parent]) {
    open.delete(above.span.span_id);
  }
  return open.size === folded.size ? folded : open;
}
