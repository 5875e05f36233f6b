import type { ReactNode } from "react";
import type { GpuTrace } from "../../../generated/api";
import type { Tree } from "../../../shared/trace/tree";
import { SpanPanel } from "./SpanPanel";

export interface WithSpanProps {
  readonly traceID: string;
  readonly tree: Tree;
  readonly slots: ReadonlyMap<string, number>;
  readonly gpus: GpuTrace | null;
  readonly selected: number | null;
  readonly select: (index: number | null) => void;
  readonly children: ReactNode;
}

/** A view of a trace with the panel of the selected span beside it. */
export function WithSpan({ traceID, tree, slots, gpus, selected, select, children }: WithSpanProps) {
  const node = selected === null ? undefined : tree.nodes[selected];
  return (
    <div className={node === undefined ? "trace-body" : "trace-body with-panel"}>
      {children}
      {node !== undefined && (
        <SpanPanel
          node={node} traceID={traceID} slot={slots.get(node.span.service_name) ?? 1} gpus={gpus}
          close={() => select(null)}
        />
      )}
    </div>
  );
}
