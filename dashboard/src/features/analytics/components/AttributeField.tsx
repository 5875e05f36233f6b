import { useId, useState, type FormEvent } from "react";
import { parseAttributeKeyList } from "../../../generated/api";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { changeParameters } from "../../../shared/router/location";
import { useRange } from "../../../shared/time/useRange";
import { isAttribute, type Grouping } from "../model";

/** Keys that are offered. */
const KEYS_MAX = 100;

/** A field for the attribute by which numbers are shown, with the keys that spans have. */
export function AttributeField({ by }: { readonly by: Grouping }) {
  const t = useTranslate();
  const listID = useId();
  const range = useRange();
  const chosen = isAttribute(by) ? by : "";
  const [text, setText] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  const url = (scope: "span" | "resource") => (isOpen ? apiURL("/attributes", {
    start: range.start, end: range.end === "now" ? undefined : range.end, scope, limit: KEYS_MAX,
  }) : null);
  const ofSpans = useQuery(url("span"), parseAttributeKeyList);
  const ofResources = useQuery(url("resource"), parseAttributeKeyList);
  // A key is listed once for each type that it has.
  const keys = [...new Set([
    ...(ofSpans.data?.data ?? []).map(({ key }) => `attr.${key}`),
    ...(ofResources.data?.data ?? []).map(({ key }) => `resource.${key}`),
  ])];
  const choose = (typed: string) => {
    const trimmed = typed.trim();
    setText(null);
    if (trimmed === "" && chosen !== "") changeParameters({ group: undefined });
    else if (isAttribute(trimmed)) changeParameters({ group: trimmed });
  };
  const change = (typed: string) => {
    if (keys.includes(typed)) choose(typed);
    else setText(typed);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    choose(text ?? chosen);
  };
  return (
    <form className="attribute-field" onSubmit={submit}>
      <input
        list={listID} aria-label={t("analytics.byAttribute")} placeholder={t("analytics.byAttributeHint")}
        value={text ?? chosen} spellCheck={false} autoComplete="off" className={chosen === "" ? undefined : "chosen"}
        onFocus={() => setOpen(true)} onChange={(event) => change(event.target.value)}
      />
      <datalist id={listID}>
        {keys.map((key) => (
          <option key={key} value={key} />
        ))}
      </datalist>
    </form>
  );
}
