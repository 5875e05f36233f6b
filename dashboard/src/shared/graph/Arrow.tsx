interface Spot {
  readonly x: number;
  readonly y: number;
}

interface Props {
  readonly from: Spot;
  readonly to: Spot;
  readonly card: { readonly width: number; readonly height: number };
  /** Between two columns. */
  readonly gap: number;
  /** How wide it is, from 0 to 1. */
  readonly share: number;
  readonly isFailing: boolean;
  readonly text: string;
}

/** A call between two cards of a graph; one that leads back is dashed and goes around. */
export function Arrow({ from, to, card, gap, share, isFailing, text }: Props) {
  const isBack = to.x <= from.x;
  const [x1, y1] = [from.x + card.width, from.y + card.height / 2];
  const [x2, y2] = [isBack ? to.x + card.width : to.x, to.y + card.height / 2];
  // Between neighbours the text stands in the middle, since many arrows may end at one card.
  const isNear = !isBack && x2 - x1 <= gap;
  const place = isNear ? { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - 5, anchor: "middle" as const }
    : { x: x2 - (isBack ? -8 : 10), y: y2 - 9, anchor: isBack ? "start" as const : "end" as const };
  const bend = isBack ? gap * 0.7 : Math.max(gap / 2, (x2 - x1) / 2);
  return (
    <>
      <path
        d={`M${x1} ${y1} C${x1 + bend} ${y1} ${isBack ? x2 + bend : x2 - bend} ${y2} ${x2} ${y2}`} fill="none"
        stroke={isFailing ? "var(--error)" : "var(--control)"} strokeWidth={1 + 3 * share}
        strokeDasharray={isBack ? "5 4" : undefined} markerEnd="url(#arrow)"
      />
      <text x={place.x} y={place.y} textAnchor={place.anchor} className="arrow-text">
        {text}
      </text>
    </>
  );
}

/** The head of arrows, once in each picture. */
export function ArrowHead() {
  return (
    <defs>
      <marker
        id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"
        markerUnits="userSpaceOnUse"
      >
        <path d="M0 0 8 4 0 8z" fill="var(--control)" />
      </marker>
    </defs>
  );
}
