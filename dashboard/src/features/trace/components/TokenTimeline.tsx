import { duration, rate } from "../../../shared/format/numbers";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import { useWidth } from "../../../shared/ui/useWidth";
import { waitsByPixel, type TokenTimeline as Model } from "../model/tokens";

const HEIGHT = 56;
const PHASE_HEIGHT = 12;

/** When a model's call waited, read and wrote: its phases, each token, and the waits between them. */
export function TokenTimeline({ timeline }: { readonly timeline: Model }) {
  const t = useTranslate();
  const [box, width] = useWidth();
  const { phases, gaps, firstToken, tokens } = timeline;
  const facts: readonly (readonly [string, string])[] = [
    ...phases.map((phase) => [t(`tokens.${phase.kind}` as MessageKey), duration(phase.to - phase.from)] as const),
    ...(gaps.p50 === null ? [] : [[t("tokens.gap"), duration(gaps.p50)] as const]),
    ...(gaps.p95 === null ? [] : [[t("tokens.gapP95"), duration(gaps.p95)] as const]),
    ...(gaps.max === null ? [] : [[t("tokens.gapMax"), duration(gaps.max)] as const]),
    ...(timeline.tokensPerSecond === null ? [] : [[t("tokens.rate"), rate(timeline.tokensPerSecond)] as const]),
  ];
  const summary = [
    ...(firstToken === null ? [] : [`${t("trace.ttft")} ${duration(firstToken)}`]),
    ...facts.map(([name, value]) => `${name} ${value}`),
  ].join(", ");
  return (
    <div className="token-timeline">
      {(phases.length > 0 || tokens.length > 0) && (
        <div ref={box}>
          {width > 0 && <Picture timeline={timeline} width={width} label={summary} />}
          <p className="token-axis faint" aria-hidden="true">
            <span>0</span>
            <span>{duration(timeline.duration)}</span>
          </p>
        </div>
      )}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

interface PictureProps {
  readonly timeline: Model;
  readonly width: number;
  readonly label: string;
}

function Picture({ timeline, width, label }: PictureProps) {
  const x = (time: number) => (time / Math.max(1, timeline.duration)) * width;
  const waits = waitsByPixel(timeline, width);
  const longest = waits.reduce((most, wait) => Math.max(most, wait), 1);
  const floor = HEIGHT - 1;
  const room = HEIGHT - PHASE_HEIGHT - 6;
  const bars = waits.flatMap((wait, pixel) => {
    if (wait === 0) return [];
    return `M${pixel + 0.5} ${floor}V${(floor - Math.max(1, (wait / longest) * room)).toFixed(1)}`;
  });
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label={label}>
      {timeline.phases.map((phase) => (
        <rect
          key={phase.kind} className={`phase ${phase.kind}`} x={x(phase.from)} y={0} height={PHASE_HEIGHT}
          width={Math.max(1, x(phase.to) - x(phase.from))}
        />
      ))}
      {bars.length > 0 && <path className="token-waits" d={bars.join("")} />}
      {timeline.firstToken !== null && (
        <line className="token-first" x1={x(timeline.firstToken)} x2={x(timeline.firstToken)} y1={0} y2={HEIGHT} />
      )}
    </svg>
  );
}
