import type { ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly detail?: ReactNode;
  readonly note?: string | undefined;
  readonly actions?: ReactNode;
  readonly mark?: string;
  readonly tone?: "plain" | "error";
  readonly role?: "status" | "alert";
}

/** A sentence in place of data: why there is none, and what can be done. */
export function StateMessage({ title, detail, note, actions, mark, tone = "plain", role = "status" }: Props) {
  return (
    <div className="state" role={role}>
      {mark !== undefined && (
        <span className={tone === "error" ? "mark error-text" : "mark"} aria-hidden="true">
          {mark}
        </span>
      )}
      <strong>{title}</strong>
      {detail !== undefined && <span className="detail">{detail}</span>}
      {actions}
      {note !== undefined && <code className="faint">{note}</code>}
    </div>
  );
}
