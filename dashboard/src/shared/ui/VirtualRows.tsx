import { useEffect, useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from "react";

interface Props {
  readonly count: number;
  /** In pixels, the same for all. */
  readonly rowHeight: number;
  readonly row: (index: number) => ReactNode;
  readonly label: string;
  readonly className?: string;
  /** The row that is kept in sight when it changes. */
  readonly current?: number | null;
  /** Called when the rows that are there come to their end. */
  readonly onNearEnd?: () => void;
  readonly onScroll?: (top: number) => void;
  readonly head?: ReactNode;
  readonly foot?: ReactNode;
  readonly role?: "grid" | "treegrid";
  readonly scroller?: RefObject<HTMLDivElement>;
}

/** Rows that are mounted beyond the edges. */
const OVERSCAN = 8;
/** More is asked for when fewer rows than this are left below. */
const AHEAD = 60;

/** A list of any length of which only the rows in sight are in the document. */
export function VirtualRows(props: Props) {
  const { count, rowHeight, row, label, className = "", current = null, onNearEnd, onScroll, head, foot } = props;
  const own = useRef<HTMLDivElement>(null);
  const scroller = props.scroller ?? own;
  const [view, setView] = useState({ top: 0, height: 600 });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let frame = 0;
    const measure = () => {
      frame = 0;
      setView({ top: element.scrollTop, height: element.clientHeight });
      onScroll?.(element.scrollTop);
    };
    const request = () => {
      if (frame === 0) frame = requestAnimationFrame(measure);
    };
    measure();
    element.addEventListener("scroll", request, { passive: true });
    const resizing = new ResizeObserver(request);
    resizing.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", request);
      resizing.disconnect();
    };
  }, [scroller, onScroll]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null || current === null) return;
    const [top, bottom] = [current * rowHeight, (current + 1) * rowHeight];
    const headHeight = element.querySelector<HTMLElement>("[data-head]")?.offsetHeight ?? 0;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom + headHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = bottom + headHeight - element.clientHeight;
    }
  }, [scroller, current, rowHeight]);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN);
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN);
  useEffect(() => {
    if (count > 0 && last + AHEAD >= count) onNearEnd?.();
  }, [last, count, onNearEnd]);

  const rows: ReactNode[] = [];
  for (let index = first; index < last; index++) rows.push(row(index));
  return (
    <div ref={scroller} className={`rows ${className}`} tabIndex={0}>
      <div role={props.role ?? "grid"} aria-label={label} aria-rowcount={count}>
        {head}
        <div className="rows-space" role="rowgroup" style={{ height: count * rowHeight }}>
          <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
            {rows}
          </div>
        </div>
      </div>
      {foot}
    </div>
  );
}
