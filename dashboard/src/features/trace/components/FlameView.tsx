import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { theme } from "../../../shared/appearance";
import { count, duration, percent } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import { useStore } from "../../../shared/store";
import type { Tree } from "../../../shared/trace/tree";
import { useWidth } from "../../../shared/ui/useWidth";
import { boxAt, drawnBoxes, flameOf, matchingBoxes, neighbour, type Drawn, type Flame } from "../model/flame";
import { drawFlame, FLAME_ROW } from "./drawFlame";

interface Props {
  readonly tree: Tree;
  readonly slots: ReadonlyMap<string, number>;
  readonly find: string;
  readonly select: (index: number) => void;
}

/** Boxes that screen readers get as a list; the others are reached by the arrows. */
const TOLD_MAX = 200;
const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" } as const;

/** Where the time of a trace went: paths of names as boxes on each other, as wide as their time. */
export function FlameView({ tree, slots, find, select }: Props) {
  const t = useTranslate();
  const flame = useMemo(() => flameOf(tree), [tree]);
  const root = boxOf(flame, tree, useParameters().get("root"));
  const found = useMemo(() => matchingBoxes(flame, find), [flame, find]);
  const [box, width] = useWidth();
  const [current, setCurrent] = useState<number | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const drawn = useMemo(() => drawnBoxes(flame, root, width), [flame, root, width]);
  const zoom = useCallback((index: number | null) => {
    const longest = index === null ? undefined : tree.nodes[flame.boxes[index]?.longest ?? -1];
    changeParameters({ root: index === null || index === 0 ? undefined : longest?.span.span_id });
    setCurrent(index);
  }, [flame, tree]);
  const press = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const at = current ?? root ?? 0;
    const arrow = ARROWS[event.key as keyof typeof ARROWS];
    if (arrow !== undefined) setCurrent(current === null ? at : neighbour(flame, at, arrow));
    else if (event.key === "Enter") zoom(at);
    else if (event.key === " ") select(flame.boxes[at]?.longest ?? 0);
    else if (event.key === "Escape" && root !== null) zoom(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const told = drawn.slice(0, TOLD_MAX);
  const shown = hovered ?? current ?? root ?? 0;
  return (
    <section className="panel flame" aria-label={t("trace.flame")}>
      <Told flame={flame} index={shown} tree={tree} select={select} zoomOut={root === null ? null : () => zoom(null)} />
      <div
        className="flame-box" ref={box} role="tree" tabIndex={0} aria-label={t("flame.label", {
          boxes: count(flame.boxes.length), duration: duration(flame.width),
        })}
        aria-activedescendant={current === null ? undefined : `box-${current}`} onKeyDown={press}
      >
        {told.map(({ index }) => (
          <Item key={index} flame={flame} index={index} isCurrent={index === current} />
        ))}
        {current !== null && !told.some(({ index }) => index === current) && (
          <Item flame={flame} index={current} isCurrent />
        )}
        <Picture
          flame={flame} drawn={drawn} slots={slots} found={found} current={current} width={width}
          hover={setHovered} open={zoom}
        />
      </div>
    </section>
  );
}

/** The box of the span that an address names; nonsense means the whole. */
function boxOf(flame: Flame, tree: Tree, spanID: string | null): number | null {
  const node = spanID === null ? undefined : tree.byID.get(spanID);
  const found = node === undefined ? -1 : flame.ofNode[node] ?? -1;
  return found < 0 ? null : found;
}

function Item({ flame, index, isCurrent }: {
  readonly flame: Flame; readonly index: number; readonly isCurrent: boolean;
}) {
  const found = flame.boxes[index];
  return found === undefined ? null : (
    <span id={`box-${index}`} role="treeitem" className="sr" aria-level={found.depth + 1} aria-selected={isCurrent}>
      {found.name} {found.service} {duration(found.width)}
    </span>
  );
}

interface ToldProps {
  readonly flame: Flame;
  readonly index: number;
  readonly tree: Tree;
  readonly select: (index: number) => void;
  readonly zoomOut: (() => void) | null;
}

/** What there is to say about one box; in place of a tip at the pointer, so that keys have it as well. */
function Told({ flame, index, tree, select, zoomOut }: ToldProps) {
  const t = useTranslate();
  const found = flame.boxes[index];
  if (found === undefined) return null;
  const longest = tree.nodes[found.longest];
  return (
    <p className="flame-told">
      <strong className="clip" title={found.name}>{found.name}</strong>
      <span className="muted">{found.service}</span>
      <span>
        {duration(found.width)} <span className="faint">{percent(found.width / Math.max(1, flame.width))}</span>
      </span>
      <span className="muted">
        {t("trace.selfTime")} {duration(found.selfTime)}
      </span>
      <span className="muted">{t("energy.spanCount", { n: count(found.count) })}</span>
      {found.errorCount > 0 && (
        <span className="badge error">
          ⊗ {count(found.errorCount)} <span className="sr">{t("common.errors")}</span>
        </span>
      )}
      {longest !== undefined && (
        <button type="button" className="button plain small" onClick={() => select(found.longest)}>
          {t("flame.longest", { time: duration(longest.duration) })}
        </button>
      )}
      {zoomOut !== null && (
        <button type="button" className="button small" onClick={zoomOut}>
          {t("trace.reset")}
        </button>
      )}
    </p>
  );
}

interface PictureProps {
  readonly flame: Flame;
  readonly drawn: readonly Drawn[];
  readonly slots: ReadonlyMap<string, number>;
  readonly found: ReadonlySet<number> | null;
  readonly current: number | null;
  readonly width: number;
  readonly hover: (index: number | null) => void;
  readonly open: (index: number) => void;
}

/** The boxes in sight, on a canvas as high as the window that scrolls over them. */
function Picture({ flame, drawn, slots, found, current, width, hover, open }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0 });
  const colours = useStore(theme);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const resizing = new ResizeObserver(measure);
    resizing.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      resizing.disconnect();
    };
  }, []);
  useEffect(() => {
    if (canvas.current !== null && width > 0) {
      drawFlame(canvas.current, { flame, drawn, slots, found, current, width, ...view });
    }
  }, [flame, drawn, slots, found, current, width, view, colours]);
  useEffect(() => {
    const element = scroller.current;
    const top = (flame.boxes[current ?? -1]?.depth ?? 0) * FLAME_ROW;
    if (element === null || current === null) return;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + FLAME_ROW > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + FLAME_ROW - element.clientHeight;
    }
  }, [flame, current]);
  const under = (event: { readonly clientX: number; readonly clientY: number }): number | null => {
    const bounds = canvas.current?.getBoundingClientRect();
    if (bounds === undefined) return null;
    const depth = Math.floor((event.clientY - bounds.top + view.top) / FLAME_ROW);
    return boxAt(drawn, event.clientX - bounds.left, depth);
  };
  return (
    <div className="flame-scroll" ref={scroller}>
      <div style={{ height: flame.levels * FLAME_ROW }}>
        <canvas
          ref={canvas} aria-hidden="true" style={{ width, height: view.height }}
          onPointerMove={(event) => hover(under(event))} onPointerLeave={() => hover(null)}
          onClick={(event) => {
            const index = under(event);
            if (index !== null) open(index);
          }}
        />
      </div>
    </div>
  );
}
