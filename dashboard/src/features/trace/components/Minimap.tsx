import { useEffect, useRef, useState, type PointerEvent } from "react";
import { theme, token } from "../../../shared/appearance";
import { count, duration } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { useStore } from "../../../shared/store";
import { useWidth } from "../../../shared/ui/useWidth";
import type { Tree } from "../../../shared/trace/tree";
import type { View } from "../model/view";

interface Props {
  readonly tree: Tree;
  readonly critical: ReadonlySet<number>;
  readonly view: View;
  readonly setView: (view: View) => void;
}

const HEIGHT = 48;
const BRUSH_PX_MIN = 4;

/** The whole trace in a strip: how deep it was at each moment, its errors and its critical path; dragging zooms. */
export function Minimap({ tree, critical, view, setView }: Props) {
  const t = useTranslate();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [box, width] = useWidth();
  const current = useStore(theme);
  const [brush, setBrush] = useState<{ from: number; to: number } | null>(null);
  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, tree, critical, width);
  }, [tree, critical, width, current]);
  const timeAt = (event: PointerEvent) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - bounds.left) / bounds.width));
    return share * tree.duration;
  };
  const end = () => {
    if (brush === null) return;
    const [from, to] = [Math.min(brush.from, brush.to), Math.max(brush.from, brush.to)];
    setBrush(null);
    setView(((to - from) / tree.duration) * width < BRUSH_PX_MIN ? { from: 0, to: tree.duration } : { from, to });
  };
  const shown = brush === null ? view : { from: Math.min(brush.from, brush.to), to: Math.max(brush.from, brush.to) };
  const percentOf = (time: number) => `${(time / tree.duration) * 100}%`;
  return (
    <div className="minimap" ref={box} title={t("trace.minimap")}>
      <canvas
        ref={canvas} role="img" style={{ width: "100%", height: HEIGHT }}
        aria-label={t("trace.minimapSummary", {
          spans: count(tree.nodes.length), duration: duration(tree.duration), errors: count(tree.errorCount),
        })}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setBrush({ from: timeAt(event), to: timeAt(event) });
        }}
        onPointerMove={(event) => {
          if (brush !== null) setBrush({ from: brush.from, to: timeAt(event) });
        }}
        onPointerUp={end} onPointerCancel={() => setBrush(null)}
      />
      {(shown.from > 0 || shown.to < tree.duration) && (
        <>
          <div className="shade" style={{ left: 0, width: percentOf(shown.from) }} />
          <div className="shade" style={{ left: percentOf(shown.to), right: 0 }} />
        </>
      )}
    </div>
  );
}

/** A row of a picture of at most this many: deeper spans share the last one. */
const DEPTH_MAX = 12;

function draw(canvas: HTMLCanvasElement, tree: Tree, critical: ReadonlySet<number>, width: number): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT * ratio);
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.scale(ratio, ratio);
  context.clearRect(0, 0, width, HEIGHT);
  const deepest = tree.nodes.reduce((depth, node) => Math.max(depth, node.depth), 0);
  const levels = Math.min(DEPTH_MAX, deepest + 1);
  const height = (HEIGHT - 8) / levels;
  const usual = token("h2");
  const important = token("h3");
  const error = token("error");
  // What ends in a pixel that is drawn already is left out: a hundred thousand spans are a few thousand rectangles.
  const drawnTo = new Array<number>(levels).fill(-1);
  for (const pass of ["usual", "critical", "error"] as const) {
    drawnTo.fill(-1);
    context.fillStyle = pass === "usual" ? usual : pass === "critical" ? important : error;
    for (const node of tree.nodes) {
      if (pass === "critical" && !critical.has(node.index)) continue;
      if (pass === "error" && !node.isError) continue;
      const level = Math.min(node.depth, levels - 1);
      const x = (node.start / tree.duration) * width;
      const right = Math.max(x + 1, ((node.start + node.duration) / tree.duration) * width);
      if (right <= (drawnTo[level] ?? -1)) continue;
      drawnTo[level] = right;
      const thickness = pass === "error" ? Math.max(1, height / 3) : Math.max(1, height - 1);
      context.fillRect(x, 4 + level * height, right - x, thickness);
    }
  }
}
