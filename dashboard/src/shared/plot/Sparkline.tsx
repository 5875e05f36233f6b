interface Props {
  readonly values: readonly (number | null)[];
  readonly slot?: number;
}

const WIDTH = 120;
const HEIGHT = 24;

/** A small line without axes, for tiles and cells; it is scaled to its own highest value. */
export function Sparkline({ values, slot = 1 }: Props) {
  const top = Math.max(...values.map((value) => value ?? 0), 0);
  if (values.length < 2 || top === 0) return <span className="spark" />;
  const points: string[] = [];
  let isOpen = false;
  values.forEach((value, index) => {
    if (value === null) {
      isOpen = false;
      return;
    }
    const x = (index / (values.length - 1)) * WIDTH;
    const y = HEIGHT - 1 - (value / top) * (HEIGHT - 3);
    points.push(`${isOpen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
    isOpen = true;
  });
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path
        d={points.join("")} fill="none" stroke={`var(--c${slot})`} strokeWidth="1.5" vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  );
}
