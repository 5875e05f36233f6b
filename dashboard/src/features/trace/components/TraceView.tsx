import { useCallback, useEffect, useMemo, useState } from "react";
import { parseGpuTraceResponse, type GpuTraceResponse, type Trace } from "../../../generated/api";
import { count, duration, toNumber } from "../../../shared/format/numbers";
import { fullTime, msOfNanoseconds } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { slotsOf } from "../../../shared/plot/colours";
import { apiURL } from "../../../shared/query/client";
import { useQuery, type Query } from "../../../shared/query/useQuery";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import { CopyButton } from "../../../shared/ui/CopyButton";
import { Page } from "../../../shared/ui/Page";
import { criticalPath, initiallyFolded, matches, treeOf, visibleRows } from "../model/tree";
import { moved, viewOf, zoomed, type View } from "../model/view";
import { GpuLanes } from "./GpuLanes";
import { Minimap } from "./Minimap";
import { SpanPanel } from "./SpanPanel";
import { SpanRows } from "./SpanRows";
import { Toolbar } from "./Toolbar";
import { Transcript } from "./Transcript";
import { useTraceKeys } from "./useTraceKeys";

/** Zooming by one step of a key or of the wheel. */
const ZOOM_STEP = 0.8;
const PAN_STEP = 0.15;

interface Props {
  readonly trace: Trace;
  readonly refreshMs: number | null;
}

/** What the GPUs that spans name did; traces that name none ask for nothing. */
export function TraceView({ trace, refreshMs }: Props) {
  const hasGpus = trace.spans.some((span) => span.gpu !== null && span.gpu.resource_ids.length > 0);
  return hasGpus ? <WithGpus trace={trace} refreshMs={refreshMs} /> : <Timeline trace={trace} gpus={null} />;
}

function WithGpus({ trace, refreshMs }: Props) {
  const url = apiURL(`/traces/${trace.trace_id}/gpu`);
  return <Timeline trace={trace} gpus={useQuery(url, parseGpuTraceResponse, { refreshMs })} />;
}

interface TimelineProps {
  readonly trace: Trace;
  readonly gpus: Query<GpuTraceResponse> | null;
}

function Timeline({ trace, gpus }: TimelineProps) {
  const t = useTranslate();
  const parameters = useParameters();
  const tree = useMemo(() => treeOf(trace.spans), [trace]);
  const critical = useMemo(() => criticalPath(tree), [tree]);
  const slots = useMemo(() => slotsOf(tree.services), [tree]);
  const [folded, setFolded] = useState(() => initiallyFolded(tree, critical));
  const rows = useMemo(() => visibleRows(tree, folded), [tree, folded]);
  const view = useMemo(() => viewOf(parameters, tree.duration), [parameters, tree]);
  const find = parameters.get("find") ?? "";
  const found = useMemo(() => matches(tree, find), [tree, find]);
  const selected = tree.byID.get(parameters.get("span") ?? "") ?? null;
  const isTranscript = parameters.get("as") === "transcript";

  const setView = useCallback((next: View) => {
    const isWhole = next.from <= 0 && next.to >= tree.duration;
    changeParameters({
      t0: isWhole ? undefined : String(Math.round(next.from)), t1: isWhole ? undefined : String(Math.round(next.to)),
    }, { replace: true });
  }, [tree]);
  const select = useCallback((index: number | null) => {
    const node = index === null ? undefined : tree.nodes[index];
    changeParameters({ span: node?.span.span_id }, { replace: true });
    if (node === undefined) return;
    // What is selected is never hidden in a folded span.
    setFolded((now) => {
      const open = new Set(now);
      for (let above = tree.nodes[node.parent]; above !== undefined; above = tree.nodes[above.parent]) {
        open.delete(above.span.span_id);
      }
      return open.size === now.size ? now : open;
    });
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
  const errors = useMemo(() => tree.nodes.filter((node) => node.isError).map((node) => node.index), [tree]);
  const fit = () => {
    const node = selected === null ? undefined : tree.nodes[selected];
    if (node !== undefined) setView(zoomed({ from: node.start, to: node.start + node.duration }, 1.1,
      node.start + node.duration / 2, tree.duration));
  };
  const reset = () => setView({ from: 0, to: tree.duration });
  const middleOf = (view.from + view.to) / 2;
  useTraceKeys({
    tree, rows, selected, folded, select, fold, fit, reset,
    nextError: () => step(errors, 1), nextMatch: (by) => step(found, by),
    zoom: (isIn) => setView(zoomed(view, isIn ? ZOOM_STEP : 1 / ZOOM_STEP, middleOf, tree.duration)),
    pan: (direction, isLarge) => setView(moved(view, direction * PAN_STEP * (isLarge ? 4 : 1), tree.duration)),
  });
  useEffect(() => {
    if (errors.length > 0 && selected === null && !parameters.has("span")) select(deepestError(tree, errors));
    // Once, when the trace is opened.
  }, [tree]);

  const start = msOfNanoseconds(tree.startText);
  const node = selected === null ? undefined : tree.nodes[selected];
  const collapseAll = () => setFolded(new Set(
    tree.nodes.filter((entry) => entry.descendants > 0 && entry.depth > 0).map((entry) => entry.span.span_id)));
  return (
    <Page
      title={t("trace.title")} object={trace.root_name ?? t("traces.noRoot")} isFull
      head={
        <p className="trace-facts">
          <strong>{duration(toNumber(trace.duration_ns))}</strong>
          <span className="muted">{fullTime(start)}</span>
          <span className="muted">
            {t("trace.summary", { spans: count(trace.span_count), services: tree.services.length })}
          </span>
          {trace.error_count > 0 && (
            <span className="badge error">
              ⊗ {count(trace.error_count)} {t("common.errors")}
            </span>
          )}
          {toNumber(trace.input_tokens) + toNumber(trace.output_tokens) > 0 && (
            <span className="muted">
              {t("common.tokensInOut")} {count(toNumber(trace.input_tokens))} / {count(toNumber(trace.output_tokens))}
            </span>
          )}
          <code className="faint">{trace.trace_id}</code>
          <CopyButton text={trace.trace_id} />
        </p>
      }
    >
      {trace.truncated && (
        <p className="stale" role="status">
          ▲ {t("trace.truncated", { n: count(trace.spans.length), total: count(trace.span_count) })}
        </p>
      )}
      <Toolbar
        find={find} foundAt={selected === null ? -1 : found.indexOf(selected)} foundCount={found.length}
        errorCount={errors.length} services={tree.services} slots={slots} step={(by) => step(found, by)}
        nextError={() => step(errors, 1)} reset={reset} isWhole={view.from <= 0 && view.to >= tree.duration}
        collapseAll={collapseAll} expandAll={() => setFolded(new Set())}
      />
      {isTranscript ? (
        <Transcript spans={tree.nodes.map((entry) => entry.span)} open={(id) => {
          changeParameters({ as: undefined, span: id });
        }} />
      ) : (
        <div className={node === undefined ? "trace-body" : "trace-body with-panel"}>
          <section className="panel timeline" aria-label={t("trace.timeline")}>
            <Minimap tree={tree} critical={critical} view={view} setView={setView} />
            <SpanRows
              tree={tree} rows={rows} critical={critical} slots={slots} view={view} folded={folded} selected={selected}
              found={find === "" ? null : found} select={select} fold={fold} setView={setView}
            />
            {gpus !== null && (
              <GpuLanes
                query={gpus} start={tree.startText} view={view} selected={node?.span.span_id ?? null}
                select={(id) => select(tree.byID.get(id) ?? null)}
              />
            )}
          </section>
          {node !== undefined && (
            <SpanPanel
              node={node} slot={slots.get(node.span.service_name) ?? 1} gpus={gpus?.data?.data ?? null}
              close={() => select(null)}
            />
          )}
        </div>
      )}
    </Page>
  );
}

/** The error that is deepest: what lies above it failed because of it. */
function deepestError(tree: ReturnType<typeof treeOf>, errors: readonly number[]): number | null {
  return errors.reduce<number | null>(
    (best, index) => (best === null || (tree.nodes[index]?.depth ?? 0) > (tree.nodes[best]?.depth ?? 0) ? index : best),
    null);
}
