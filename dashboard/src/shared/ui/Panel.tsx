import type { ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly actions?: ReactNode;
  /** Whether the content goes up to the edges, as tables do. */
  readonly isFlush?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Panel({ title, actions, isFlush = false, className = "", children }: Props) {
  return (
    <section className={`panel ${className}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {actions}
      </header>
      <div className={isFlush ? "body flush" : "body"}>{children}</div>
    </section>
  );
}
