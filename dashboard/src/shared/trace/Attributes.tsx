import type { ReactNode } from "react";
import { useTranslate } from "../i18n/language";
import { hrefOf } from "../router/location";
import { Link } from "../router/Link";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/Icon";

/** A text of an attribute is cut here; its JSON and the clipboard have all of it. */
export const VALUE_LENGTH_MAX = 400;
export const attributeText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="span-section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

interface Props {
  readonly title: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** What the API's filters have before the name of such an attribute. */
  readonly prefix: "attr." | "resource.";
}

/** Attributes by name; each leads to the traces that have the same, and can be copied. */
export function Attributes({ title, values, prefix }: Props) {
  const t = useTranslate();
  const entries = Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1));
  if (entries.length === 0) return null;
  return (
    <Section title={`${title} (${entries.length})`}>
      <dl className="attributes">
        {entries.map(([key, value]) => {
          const text = attributeText(value);
          const shown = text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
          return (
            <div key={key}>
              <dt>{key}</dt>
              <dd>
                <span className="value">{shown}</span>
                <span className="value-actions">
                  {text.length <= VALUE_LENGTH_MAX && (
                    <Link
                      className="button plain icon" to={hrefOf("/traces", { [prefix + key]: text })}
                      aria-label={t("trace.filterBy", { name: key, value: shown })}
                      title={t("trace.filterBy", { name: key, value: shown })}
                    >
                      <Icon name="filter" />
                    </Link>
                  )}
                  <CopyButton text={text} />
                </span>
              </dd>
            </div>
          );
        })}
      </dl>
    </Section>
  );
}
