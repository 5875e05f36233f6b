import { useCallback, useEffect, useMemo } from "react";
import { parseGpuTraceResponse, type GpuTraceResponse } from "../../../generated/api";
import { count, duration, toNumber } from "../../../shared/format/numbers";
import { fullTime, msOfNanoseconds } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { slotsOf } from "../../../shared/plot/colours";
import { apiURL } from "../../../shared/query/client";
import { useQuery, type Query } from "../../../shared/query/useQuery";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import type { Tree } from "../../../shared/trace/tree";
import { CopyButton } from "../../../shared/ui/CopyButton";
import { Page } from "../../../shared/ui/Page";
import { StateMessage } from "../../../shared/ui/StateMessage";
import { traceIDOf } from "../../../shared/trace/traceID";
import { traceModeOf } from "../model/modes";
import { WHOLE_SPANS_MAX, type OpenTrace, type TraceFacts } from "../model/skeleton";
import { CallGraphView } from "./CallGraphView";
import { CompareView } from "./CompareView";
import { FlameView } from "./FlameView";
import { SpanTable } from "./SpanTable";
import { TimelineView } from "./TimelineView";
import { Toolbar } from "./Toolbar";
import { Transcript } from "./Transcript";
import { useModeKeys } from "./useModeKeys";
import { WithSpan } from "./WithSpan";

interface Props {
  readonly trace: OpenTrace;
  readonly refreshMs: number | null;
}

/** What the GPUs that spans name did; traces that name none ask for nothing. */
export function TraceView({ trace, refreshMs }: Props) {
  return trace.hasGpus ? <WithGpus trace={trace} refreshMs={refreshMs} /> : <Content trace={trace} gpuQuery={null} />;
}

function WithGpus({ trace, refreshMs }: Props) {
  const url = apiURL(`/traces/${trace.facts.trace_id}/gpu`);
  return <Content trace={trace} gpuQuery={useQuery(url, parseGpuTraceResponse, { refreshMs })} />;
}

interface ContentProps {
  readonly trace: OpenTrace;
  readonly gpuQuery: Query<GpuTraceResponse> | null;
}

function Content({ trace: { facts, tree, spans }, gpuQuery }: ContentProps) {
  const t = useTranslate();
  const parameters = useParameters();
  const slots = useMemo(() => slotsOf(tree.services), [tree]);
  const selected = tree.byID.get(parameters.get("span") ?? "") ?? null;
  const mode = traceModeOf(parameters.get("as"));
  const other = traceIDOf(parameters.get("vs"));
  const find = parameters.get("find") ?? "";
  const select = useCallback((index: number | null) => {
    changeParameters({ span: tree.nodes[index ?? -1]?.span.span_id }, { replace: true });
  }, [tree]);
  useModeKeys(() => select(null));
  useEffect(() => {
    if (mode === "timeline" && other === null && selected === null && !parameters.has("span")) {
      const deepest = deepestError(tree);
      if (deepest !== null) select(deepest);
    }
    // Once, when the trace is opened.
  }, [tree]);

  const shared = { traceID: facts.trace_id, tree, slots, gpus: gpuQuery?.data?.data ?? null, selected, select };
  return (
    <Page
      title={t("trace.title")} object={facts.root_name ?? t("traces.noRoot")} isFull
      head={<Summary trace={facts} tree={tree} />}
    >
      {facts.truncated && (
        <p className="stale" role="status">
          ▲ {t("trace.truncated", { n: count(tree.nodes.length), total: count(facts.span_count) })}
        </p>
      )}
      {spans === null && mode !== "transcript" && (find !== "" || mode === "graph") && (
        <p className="stale" role="status">
          <span aria-hidden="true">◌</span> {t("trace.large", { n: count(WHOLE_SPANS_MAX) })}
        </p>
      )}
      {other !== null && (
        <>
          <Toolbar mode={mode} isCompared />
          <CompareView key={other} trace={facts} tree={tree} other={other} />
        </>
      )}
      {other === null && mode === "timeline" && <TimelineView {...shared} gpuQuery={gpuQuery} />}
      {other === null && mode !== "timeline" && (
        <>
          <Toolbar
            mode={mode} isCompared={false} services={tree.services}
            {...(mode === "transcript" ? {} : { slots })}
            {...(mode === "flame" || mode === "table" ? { find: { text: find } } : {})}
          />
          {mode === "transcript" && spans === null && (
            <StateMessage
              mark="◌" title={t("trace.large.transcript")}
              detail={t("trace.large", { n: count(WHOLE_SPANS_MAX) })}
            />
          )}
          {mode === "transcript" && spans !== null && (
            <Transcript spans={spans} open={(id) => changeParameters({ as: undefined, span: id })} />
          )}
          {mode !== "transcript" && (
            <WithSpan {...shared}>
              {mode === "flame" && <FlameView tree={tree} slots={slots} find={find} select={select} />}
              {mode === "table" && <SpanTable {...shared} find={find} />}
              {mode === "graph" && <CallGraphView tree={tree} slots={slots} select={select} />}
            </WithSpan>
          )}
        </>
      )}
    </Page>
  );
}

function Summary({ trace, tree }: { readonly trace: TraceFacts; readonly tree: Tree }) {
  const t = useTranslate();
  return (
    <p className="trace-facts">
      <strong>{duration(toNumber(trace.duration_ns))}</strong>
      <span className="muted">{fullTime(msOfNanoseconds(tree.startText))}</span>
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
  );
}

/** The error that is deepest: what lies above it failed because of it. */
function deepestError(tree: Tree): number | null {
  return tree.nodes.reduce<number | null>((best, node) => {
    const isDeeper = best === null || node.depth > (tree.nodes[best]?.depth ?? 0);
    return node.isError && isDeeper ? node.index : best;
  }, null);
}
