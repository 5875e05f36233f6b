import type { Reading } from "../../../shared/fleet/readings";
import { useTranslate } from "../../../shared/i18n/language";

interface Props {
  readonly reading: Reading;
  readonly format: (value: number | null) => string;
}

/** A value, or why there is none; never a zero in its place. */
export function ReadingCell({ reading, format }: Props) {
  const t = useTranslate();
  if (reading.value !== null) return <>{format(reading.value)}</>;
  if (reading.unavailable === null) return <span className="faint">–</span>;
  const reason = t("gpus.unavailable", { reason: reading.unavailable });
  return (
    <span className="faint" title={reason}>
      n/a<span className="sr"> {reason}</span>
    </span>
  );
}
