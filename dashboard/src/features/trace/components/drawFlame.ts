import { token } from "../../../shared/appearance";
import { duration } from "../../../shared/format/numbers";
import { SLOT_COUNT } from "../../../shared/plot/colours";
import type { Drawn, Flame } from "../model/flame";

/** The height of a box with the gap below it, in pixels. */
export const FLAME_ROW = 20;

interface Scene {
  readonly flame: Flame;
  readonly drawn: readonly Drawn[];
  readonly slots: ReadonlyMap<string, number>;
  /** Boxes that match what is looked for; null where nothing is. */
  readonly found: ReadonlySet<number> | null;
  readonly current: number | null;
  readonly width: number;
  /** What is in sight, in pixels from the top of the graph. */
  readonly top: number;
  readonly height: number;
}

/** Boxes from this width on have their name, and from the second on their time. */
const NAME_PX_MIN = 30;
const TIME_PX_MIN = 110;
const PADDING = 5;

export function drawFlame(canvas: HTMLCanvasElement, scene: Scene): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(scene.width * ratio);
  canvas.height = Math.round(scene.height * ratio);
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.scale(ratio, ratio);
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "middle";
  const paint = paintOf();
  const first = Math.floor(scene.top / FLAME_ROW);
  const last = Math.ceil((scene.top + scene.height) / FLAME_ROW);
  for (const drawn of scene.drawn) {
    if (drawn.depth >= first && drawn.depth <= last) box(context, scene, drawn, paint);
  }
}

interface Paint {
  readonly fills: readonly string[];
  readonly texts: readonly string[];
  readonly surface: string;
  readonly other: string;
  readonly otherText: string;
  readonly error: string;
  readonly mark: string;
}

function paintOf(): Paint {
  const fills = Array.from({ length: SLOT_COUNT }, (_value, index) => token(`c${index + 1}`));
  const surface = token("surface");
  return {
    fills, texts: fills.map((fill) => textOn(fill, surface, token("text"))), surface, other: token("raised"),
    otherText: token("faint"), error: token("error"), mark: token("text"),
  };
}

function box(context: CanvasRenderingContext2D, scene: Scene, drawn: Drawn, paint: Paint): void {
  const found = scene.flame.boxes[drawn.index];
  if (found === undefined) return;
  const slot = (scene.slots.get(found.service) ?? 1) - 1;
  const isOther = scene.found !== null && !scene.found.has(drawn.index);
  const y = drawn.depth * FLAME_ROW - scene.top;
  const width = Math.max(1, drawn.width - 1);
  context.fillStyle = isOther ? paint.other : paint.fills[slot] ?? paint.other;
  context.fillRect(drawn.left, y, width, FLAME_ROW - 1);
  if (found.errorCount > 0) {
    context.fillStyle = paint.surface;
    context.fillRect(drawn.left, y + FLAME_ROW - 5, width, 4);
    context.fillStyle = paint.error;
    context.fillRect(drawn.left, y + FLAME_ROW - 4, width, 3);
  }
  if (drawn.index === scene.current) {
    context.strokeStyle = paint.mark;
    context.lineWidth = 2;
    context.strokeRect(drawn.left + 1, y + 1, Math.max(1, width - 2), FLAME_ROW - 3);
  }
  if (drawn.width < NAME_PX_MIN) return;
  context.fillStyle = isOther ? paint.otherText : paint.texts[slot] ?? paint.mark;
  const time = drawn.width < TIME_PX_MIN ? "" : duration(found.width);
  const timeWidth = time === "" ? 0 : context.measureText(time).width + PADDING;
  const middle = y + (FLAME_ROW - 1) / 2;
  context.fillText(fitting(context, found.name, width - timeWidth - 2 * PADDING), drawn.left + PADDING, middle);
  if (time !== "") context.fillText(time, drawn.left + width - timeWidth, middle);
}

/** As much of a text as a width has room for, with a sign where it is cut. */
function fitting(context: CanvasRenderingContext2D, text: string, width: number): string {
  const whole = context.measureText(text).width;
  if (whole <= width) return text;
  const letters = [...text];
  const kept = Math.floor((letters.length * width) / whole) - 1;
  return kept <= 0 ? "" : `${letters.slice(0, kept).join("")}…`;
}

/** Which of two colours can be read on a third. */
function textOn(fill: string, light: string, dark: string): string {
  const [base, one, other] = [luminance(fill), luminance(light), luminance(dark)];
  const contrast = (value: number) => (Math.max(base, value) + 0.05) / (Math.min(base, value) + 0.05);
  return contrast(one) >= contrast(other) ? light : dark;
}

/** How bright a colour of six digits is, from 0 to 1, as WCAG defines it. */
function luminance(colour: string): number {
  const channel = (at: number) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
