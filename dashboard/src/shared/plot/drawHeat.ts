import { token } from "../appearance";
import { duration } from "../format/numbers";
import { shortTime } from "../format/times";
import { durationAt, heatLevel, heightOf, type HeatPicture } from "./heat";

/** A percentile over time. */
export interface HeatLine {
  readonly name: "p50" | "p95" | "p99";
  /** Milliseconds since 1970 of the middle of a step, and nanoseconds; null where there is no value. */
  readonly points: readonly { readonly time: number; readonly value: number | null }[];
}

export const HEAT_MARGIN = { left: 58, right: 12, top: 8, bottom: 20 };

const TICK_PX = 42;
const TIME_PX = 110;
const DASHES: Readonly<Record<HeatLine["name"], readonly number[]>> = { p50: [], p95: [6, 3], p99: [2, 3] };

/** Draws cells, axes and lines on a canvas of a size in CSS pixels. */
export function drawHeat(
  canvas: HTMLCanvasElement, picture: HeatPicture, lines: readonly HeatLine[], width: number, height: number,
): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.scale(ratio, ratio);
  const plot = {
    x: HEAT_MARGIN.left, y: HEAT_MARGIN.top, width: Math.max(1, width - HEAT_MARGIN.left - HEAT_MARGIN.right),
    height: Math.max(1, height - HEAT_MARGIN.top - HEAT_MARGIN.bottom),
  };
  drawAxes(context, picture, plot);
  const columnAt = (column: number) => Math.round(plot.x + (column / picture.columnCount) * plot.width);
  const rowAt = (row: number) => Math.round(plot.y + (1 - row / picture.rowCount) * plot.height);
  // A gap between cells, where there is room for it.
  const gap = plot.width / picture.columnCount >= 5 ? 1 : 0;
  const colours = [0, 1, 2, 3, 4, 5].map((level) => token(`h${level}`));
  for (const cell of picture.cells) {
    const [x, y] = [columnAt(cell.column), rowAt(cell.row + 1)];
    context.fillStyle = colours[heatLevel(cell.count, picture.countMax)] ?? "";
    context.fillRect(
      x, y, Math.max(1, columnAt(cell.column + 1) - x - gap), Math.max(1, rowAt(cell.row) - y - gap));
  }
  for (const line of lines) drawLine(context, picture, line, plot);
}

interface Plot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawAxes(context: CanvasRenderingContext2D, picture: HeatPicture, plot: Plot): void {
  context.font = `11px ${token("font")}`;
  context.fillStyle = token("faint");
  context.strokeStyle = token("grid");
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  const tickCount = Math.max(2, Math.floor(plot.height / TICK_PX));
  for (let tick = 0; tick <= tickCount; tick++) {
    const y = Math.round(plot.y + (1 - tick / tickCount) * plot.height) + 0.5;
    context.beginPath();
    context.moveTo(plot.x, y);
    context.lineTo(plot.x + plot.width, y);
    context.stroke();
    context.fillText(duration(durationAt(picture, tick / tickCount)), plot.x - 8, y);
  }
  context.textBaseline = "alphabetic";
  const timeCount = Math.max(1, Math.min(6, Math.floor(plot.width / TIME_PX)));
  const now = Date.now();
  for (let index = 0; index <= timeCount; index++) {
    context.textAlign = index === 0 ? "left" : index === timeCount ? "right" : "center";
    const time = picture.from + (index / timeCount) * (picture.to - picture.from);
    context.fillText(shortTime(time, now), plot.x + (index / timeCount) * plot.width, plot.y + plot.height + 15);
  }
}

/** A line with an edge in the colour of the surface, so that it can be seen over dark and light cells. */
function drawLine(context: CanvasRenderingContext2D, picture: HeatPicture, line: HeatLine, plot: Plot): void {
  context.save();
  context.beginPath();
  let isOpen = false;
  for (const { time, value } of line.points) {
    if (value === null || time < picture.from || time > picture.to) {
      isOpen = false;
      continue;
    }
    const x = plot.x + ((time - picture.from) / (picture.to - picture.from)) * plot.width;
    const y = plot.y + (1 - heightOf(picture, value)) * plot.height;
    if (isOpen) context.lineTo(x, y);
    else context.moveTo(x, y);
    isOpen = true;
  }
  context.lineJoin = "round";
  context.strokeStyle = token("surface");
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = token("c2");
  context.lineWidth = 1.75;
  context.setLineDash([...DASHES[line.name]]);
  context.stroke();
  context.restore();
}
