import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import type { HeatMap } from "../../generated/api";
import { theme } from "../appearance";
import { count, duration } from "../format/numbers";
import { shortTime, timeOfDay } from "../format/times";
import { useTranslate, type Translate } from "../i18n/language";
import { useStore } from "../store";
import { useWidth } from "../ui/useWidth";
import { drawHeat, HEAT_MARGIN as MARGIN, type HeatLine } from "./drawHeat";
import {
  boxBetween, countIn, durationAt, HEAT_LEVEL_COUNT, heatPictureOf, selectionOf, timeAt, walked, type HeatBox,
  type HeatPicture, type HeatPlace, type HeatSelection,
} from "./heat";

interface Props {
  readonly title: string;
  readonly map: HeatMap;
  /** Percentiles over the cells. */
  readonly lines: readonly HeatLine[];
  readonly height: number;
  readonly choose: (selection: HeatSelection) => void;
}

/** A pointer that moved less has clicked one cell. */
const MOVE_PX_MIN = 4;

/** Durations over time, darker where there are more spans; a box over it chooses spans, by pointer or by keys. */
export function HeatMapChart({ title, map, lines, height, choose }: Props) {
  const t = useTranslate();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [box, width] = useWidth();
  const current = useStore(theme);
  const picture = useMemo(() => heatPictureOf(map), [map]);
  const [cell, setCell] = useState<HeatPlace | null>(null);
  const [anchor, setAnchor] = useState<HeatPlace | null>(null);
  const pressed = useRef<{ readonly x: number; readonly y: number } | null>(null);
  const chosen = cell === null ? null : boxBetween(anchor ?? cell, cell);
  useEffect(() => {
    if (canvas.current !== null && picture !== null && width > 0) {
      drawHeat(canvas.current, picture, lines, width, height);
    }
  }, [picture, lines, width, height, current]);
  if (picture === null) return null;
  const plotWidth = Math.max(1, width - MARGIN.left - MARGIN.right);
  const plotHeight = height - MARGIN.top - MARGIN.bottom;

  const placeOf = (event: PointerEvent): HeatPlace => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const at = (share: number, total: number) => Math.min(total - 1, Math.max(0, Math.floor(share * total)));
    return {
      column: at((event.clientX - bounds.left - MARGIN.left) / plotWidth, picture.columnCount),
      row: at(1 - (event.clientY - bounds.top - MARGIN.top) / plotHeight, picture.rowCount),
    };
  };
  const finish = (event: PointerEvent) => {
    const start = pressed.current;
    pressed.current = null;
    if (start === null || anchor === null) return;
    const hasMoved = Math.hypot(event.clientX - start.x, event.clientY - start.y) >= MOVE_PX_MIN;
    const drawn = boxBetween(anchor, placeOf(event));
    setAnchor(null);
    if (hasMoved && countIn(picture, drawn) > 0) choose(selectionOf(picture, drawn));
  };
  const press = (event: KeyboardEvent) => {
    const from = cell ?? { column: picture.columnCount - 1, row: 0 };
    const next = walked(picture, from, event.key);
    if (next !== null) {
      setAnchor(event.shiftKey ? anchor ?? from : null);
      setCell(next);
    } else if (event.key === "Enter" && chosen !== null && countIn(picture, chosen) > 0) {
      choose(selectionOf(picture, chosen));
    } else if (event.key === "Escape" && cell !== null) {
      setCell(null);
      setAnchor(null);
    } else return;
    event.preventDefault();
  };
  return (
    <figure className="heat-chart">
      <div
        ref={box} className="heat-plot" tabIndex={0} role="group" style={{ height }} onKeyDown={press}
        aria-label={`${title}. ${summaryOf(picture, map, t)} ${t("heat.keys")}`}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          pressed.current = { x: event.clientX, y: event.clientY };
          setAnchor(placeOf(event));
          setCell(placeOf(event));
        }}
        onPointerMove={(event) => setCell(placeOf(event))}
        onPointerUp={finish}
        onPointerCancel={() => {
          pressed.current = null;
          setAnchor(null);
        }}
        onPointerLeave={() => {
          if (pressed.current === null) setCell(null);
        }}
      >
        <canvas ref={canvas} style={{ width, height }} aria-hidden="true" />
        {chosen !== null && (
          <div
            className="heat-box"
            style={{
              left: MARGIN.left + (chosen.columns[0] / picture.columnCount) * plotWidth,
              width: ((chosen.columns[1] - chosen.columns[0] + 1) / picture.columnCount) * plotWidth,
              top: MARGIN.top + (1 - (chosen.rows[1] + 1) / picture.rowCount) * plotHeight,
              height: ((chosen.rows[1] - chosen.rows[0] + 1) / picture.rowCount) * plotHeight,
            }}
          />
        )}
      </div>
      <figcaption className="heat-foot">
        <span className="heat-scale" aria-hidden="true">
          <span>1</span>
          {Array.from({ length: HEAT_LEVEL_COUNT }, (_, level) => (
            <span key={level} className={`heat-cell h${level + 1}`} />
          ))}
          <span>{count(picture.countMax)}</span>
        </span>
        {lines.map((line) => (
          <span key={line.name} className="heat-line">
            <span className={`swatch ${line.name}`} aria-hidden="true" /> {line.name}
          </span>
        ))}
        <span className="muted" role="status">
          {chosen === null ? t("heat.hint") : boxText(picture, chosen, t)}
        </span>
      </figcaption>
    </figure>
  );
}

/** A box in words: when, how long, how many. */
function boxText(picture: HeatPicture, box: HeatBox, t: Translate): string {
  const now = Date.now();
  return t("heat.box", {
    n: count(countIn(picture, box)),
    from: timeOfDay(timeAt(picture, box.columns[0]), now, false),
    to: timeOfDay(timeAt(picture, box.columns[1] + 1), now, false),
    shortest: duration(durationAt(picture, box.rows[0] / picture.rowCount)),
    longest: duration(durationAt(picture, (box.rows[1] + 1) / picture.rowCount)),
  });
}

function summaryOf(picture: HeatPicture, map: HeatMap, t: Translate): string {
  const now = Date.now();
  return t("heat.summary", {
    n: count(map.span_count), from: shortTime(picture.from, now), to: shortTime(picture.to, now),
    shortest: duration(picture.shortest), longest: duration(picture.longest),
  });
}
