import type { Reading } from "../../../shared/fleet/readings";
import { useTranslate } from "../../../shared/i18n/language";

interface Props {
  readonly reading: Reading;
  readonly format: (value: number | null) => string;
  /** Whether there is room for the reason itself, rather than a tip. */
  readonly hasReason?: boolean;
}

/** A value, or why there is none; never a zero in its place. */
export function ReadingCell({ reading, format, hasReason = false }: Props) {
  const t = useTranslate();
  if (reading.value !== null) return <>{format(reading.value)}</>;
  const reason = reading.unavailable === null ? t("gpus.notReported")
    : t("gpus.unavailable", { reason: reading.unavailable });
  if (hasReason) return <span className="faint">– {reason}</span>;
  return (
    <span className="faint" title={reason}>
      {reading.unavailable === null ? "–" : "n/a"}
      <span className="sr"> {reason}</span>
    </span>
  );
}
