import { useEffect, useRef, type ReactNode } from "react";
import { useTranslate } from "../i18n/language";

interface Props {
  readonly title: string;
  /** What the title of the window says before the page, such as a trace. */
  readonly object?: string | undefined;
  readonly isFull?: boolean;
  readonly head?: ReactNode;
  readonly children: ReactNode;
}

/** A page: its heading, which gets the focus when the page is opened, and its content. */
export function Page({ title, object, isFull = false, head, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const t = useTranslate();
  const name = object === undefined ? title : `${object} · ${title}`;
  useEffect(() => {
    document.title = `${name} · Axonize`;
  }, [name, t]);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={isFull ? "page full" : "page"}>
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {object ?? title}
        </h1>
        {head}
      </div>
      {children}
    </div>
  );
}
