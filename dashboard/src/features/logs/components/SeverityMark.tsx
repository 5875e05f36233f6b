import type { Severity } from "../model";

const MARKS: Readonly<Record<Severity, readonly [string, string]>> = {
  trace: ["·", "faint"], debug: ["·", "faint"], info: ["●", "muted"], warn: ["▲", "warn-text"],
  error: ["⊗", "error-text"], fatal: ["⊗", "error-text"],
};

/** How grave a record is: a sign and a word. */
export function SeverityMark({ severity, text }: { readonly severity: Severity | null; readonly text: string }) {
  const [mark, tone] = severity === null ? ["·", "faint"] as const : MARKS[severity];
  return (
    <span className={tone}>
      <span aria-hidden="true">{mark}</span> {text === "" ? severity ?? "–" : text}
    </span>
  );
}
