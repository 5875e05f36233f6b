import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import type { TraceSummary } from "../../../generated/api";
import { theme, token } from "../../../shared/appearance";
import { count, duration } from "../../../shared/format/numbers";
import { shortTime } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { useStore } from "../../../shared/store";
import { useWidth } from "../../../shared/ui/useWidth";
import { chooseBounds } from "../../../shared/time/useRange";
import { nearest, pictureOf, type Picture } from "../scatter";

interface Props {
  readonly traces: readonly TraceSummary[];
  readonly open: (trace: TraceSummary) => void;
}

const HEIGHT = 96;
const MARGIN = { left: 64, right: 12, top: 10, bottom: 18 };
const HIT_PX = 8;
const BRUSH_PX_MIN = 6;

/** The loaded traces by their start and duration; a click opens one, dragging chooses the time. */
export function Scatter({ traces, open }: Props) {
  const t = useTranslate();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [box, width] = useWidth();
  const current = useStore(theme);
  const picture = useMemo(() => pictureOf(traces), [traces]);
  const [brush, setBrush] = useState<{ from: number; to: number } | null>(null);
  const plotWidth = Math.max(1, width - MARGIN.left - MARGIN.right);
  const plotHeight = HEIGHT - MARGIN.top - MARGIN.bottom;

  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, picture, width);
  }, [picture, width, current]);

  const place = (event: PointerEvent) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - bounds.left - MARGIN.left, y: event.clientY - bounds.top - MARGIN.top };
  };
  const end = (event: PointerEvent) => {
    const drawn = brush;
    setBrush(null);
    if (picture === null || drawn === null) return;
    if (Math.abs(drawn.to - drawn.from) >= BRUSH_PX_MIN) {
      const timeAt = (x: number) =>
        picture.from + (Math.min(plotWidth, Math.max(0, x)) / plotWidth) * (picture.to - picture.from);
      const [from, to] = [timeAt(Math.min(drawn.from, drawn.to)), timeAt(Math.max(drawn.from, drawn.to))];
      if (to - from >= 1) chooseBounds(from, to);
      return;
    }
    const { x, y } = place(event);
    const dot = nearest(picture, x, y, plotWidth, plotHeight, HIT_PX);
    const trace = dot === null ? undefined : traces[dot.index];
    if (trace !== undefined) open(trace);
  };
  if (picture === null) return null;
  const now = Date.now();
  return (
    <div className="scatter" ref={box}>
      <canvas
        ref={canvas} role="img" style={{ width, height: HEIGHT }}
        aria-label={`${t("traces.scatter")}: ${t("traces.scatterLabel", {
          n: count(traces.length), from: shortTime(picture.from, now), to: shortTime(picture.to, now),
          max: duration(picture.longest),
        })}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setBrush({ from: place(event).x, to: place(event).x });
        }}
        onPointerMove={(event) => {
          if (brush !== null) setBrush({ from: brush.from, to: place(event).x });
        }}
        onPointerUp={end} onPointerCancel={() => setBrush(null)}
      />
      {brush !== null && Math.abs(brush.to - brush.from) >= BRUSH_PX_MIN && (
        <div
          className="brush"
          style={{ left: MARGIN.left + Math.min(brush.from, brush.to), width: Math.abs(brush.to - brush.from) }}
        />
      )}
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, picture: Picture | null, width: number): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT * ratio);
  const context = canvas.getContext("2d");
  if (context === null || picture === null) return;
  context.scale(ratio, ratio);
  context.clearRect(0, 0, width, HEIGHT);
  const plotWidth = width - MARGIN.left - MARGIN.right;
  const plotHeight = HEIGHT - MARGIN.top - MARGIN.bottom;
  context.font = `11px ${token("font")}`;
  context.fillStyle = token("faint");
  context.strokeStyle = token("grid");
  context.textAlign = "right";
  context.textBaseline = "middle";
  const marks = picture.longest === picture.shortest ? [[0.5, picture.longest]]
    : [[0, picture.longest], [0.5, Math.sqrt(picture.longest * picture.shortest)], [1, picture.shortest]];
  for (const [share = 0, value = 0] of marks) {
    const y = Math.round(MARGIN.top + share * plotHeight) + 0.5;
    context.beginPath();
    context.moveTo(MARGIN.left, y);
    context.lineTo(width - MARGIN.right, y);
    context.stroke();
    context.fillText(duration(value), MARGIN.left - 8, y);
  }
  const now = Date.now();
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillText(shortTime(picture.from, now), MARGIN.left, HEIGHT - 3);
  context.textAlign = "right";
  context.fillText(shortTime(picture.to, now), width - MARGIN.right, HEIGHT - 3);
  for (const isError of [false, true]) {
    context.fillStyle = token(isError ? "error" : "c1");
    context.globalAlpha = isError ? 0.95 : 0.55;
    for (const dot of picture.dots) {
      if (dot.isError !== isError) continue;
      const [x, y] = [MARGIN.left + dot.x * plotWidth, MARGIN.top + dot.y * plotHeight];
      if (isError) context.fillRect(x - 2.5, y - 2.5, 5, 5);
      else {
        context.beginPath();
        context.arc(x, y, 2.5, 0, 7);
        context.fill();
      }
    }
  }
  context.globalAlpha = 1;
}
