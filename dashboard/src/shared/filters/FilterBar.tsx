import { useId, useMemo, useState, type KeyboardEvent } from "react";
import { parseAttributeKeyList, parseAttributeValueList, parseOverview, parseServiceList } from "../../generated/api";
import { useTranslate } from "../i18n/language";
import { apiURL } from "../query/client";
import { useQuery } from "../query/useQuery";
import { changeParameters } from "../router/location";
import { useParameters } from "../router/useParameters";
import { useRange } from "../time/useRange";
import { Icon } from "../ui/Icon";
import { filtersOf, filterText, parseFilter } from "./filters";

interface Props {
  /** What is offered, without the families of attributes. */
  readonly fields: readonly string[];
  readonly isField: (name: string) => boolean;
  readonly placeholder: string;
  /** What is wrong with the query, as the API says it. */
  readonly problem?: string | null;
  /** What the names of the conditions begin with in the address, such as `a.`. */
  readonly prefix?: string;
  readonly label?: string;
}

const SUGGESTED_MAX = 10;

/** The conditions of a list as chips, and a field for one more with what there is to choose from. */
export function FilterBar({ fields, isField, placeholder, problem = null, prefix = "", label }: Props) {
  const t = useTranslate();
  const listID = useId();
  const parameters = useParameters();
  const filters = filtersOf(parameters, isField, prefix);
  const name = label ?? t("traces.addFilter");
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [selected, setSelected] = useState(-1);
  const suggestions = useSuggestions(text, isOpen, fields);
  const add = (typed: string) => {
    const filter = parseFilter(typed, isField);
    if (filter === null) {
      // The name of a field alone: its value comes next.
      if (isField(typed) || typed.endsWith(".")) setText(isField(typed) ? `${typed}=` : typed);
      return;
    }
    changeParameters({ [prefix + filter.name]: filter.value });
    setText("");
    setSelected(-1);
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") add(suggestions[selected] ?? text);
    else if (event.key === "ArrowDown") setSelected(Math.min(selected + 1, suggestions.length - 1));
    else if (event.key === "ArrowUp") setSelected(Math.max(selected - 1, -1));
    else if (event.key === "Escape") setOpen(false);
    else if (event.key === "Backspace" && text === "") {
      const last = filters[filters.length - 1];
      if (last !== undefined) changeParameters({ [prefix + last.name]: undefined });
    } else return;
    if (event.key !== "Backspace") event.preventDefault();
  };
  const isShown = isOpen && suggestions.length > 0;
  return (
    <div className="filter-bar">
      <Icon name="filter" />
      {filters.map((filter) => (
        <span key={filter.name} className="chip">
          <span className="clip">{filterText(filter)}</span>
          <button
            type="button" aria-label={t("traces.removeFilter", { name: filterText(filter) })}
            onClick={() => changeParameters({ [prefix + filter.name]: undefined })}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      <span className="filter-input">
        <input
          data-filter role="combobox" aria-expanded={isShown} aria-controls={listID} aria-autocomplete="list"
          aria-label={name} aria-invalid={problem !== null}
          aria-activedescendant={selected >= 0 && isShown ? `${listID}-${selected}` : undefined}
          placeholder={placeholder} value={text} spellCheck={false} autoComplete="off"
          onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={press}
          onChange={(event) => {
            setText(event.target.value);
            setSelected(-1);
            setOpen(true);
          }}
        />
        <ul id={listID} role="listbox" aria-label={name} hidden={!isShown}>
          {suggestions.map((suggestion, index) => (
            <li
              key={suggestion} id={`${listID}-${index}`} role="option" aria-selected={index === selected}
              onPointerDown={(event) => {
                event.preventDefault();
                add(suggestion);
              }}
            >
              {suggestion}
            </li>
          ))}
        </ul>
      </span>
      {problem !== null && (
        <p className="error-text" role="alert">
          ⊗ {problem}
        </p>
      )}
    </div>
  );
}

/** What may follow: names of fields first, then the values that one has. */
function useSuggestions(text: string, isOpen: boolean, fields: readonly string[]): readonly string[] {
  const range = useRange();
  const trimmed = text.trimStart();
  const at = trimmed.indexOf("=");
  const name = at < 0 ? null : trimmed.slice(0, at).trim();
  const typed = (at < 0 ? trimmed : trimmed.slice(at + 1).trim()).toLowerCase();
  const scope = trimmed.startsWith("resource.") ? "resource" : "span";
  const isAttribute = /^(attr|resource)\./.test(trimmed);
  const key = name !== null && isAttribute ? name.replace(/^(attr|resource)\./, "") : "";
  const base = { start: range.start, end: range.end === "now" ? undefined : range.end };
  const when = (condition: boolean, url: string) => (isOpen && condition ? url : null);

  const services = useQuery(when(name === "service", apiURL("/services", base)), parseServiceList);
  const grouped = name === "model" || name === "provider" || name === "gpu" || name === "operation" ? name : "model";
  const groups = useQuery(
    when(name === grouped && name !== "operation", apiURL("/analytics/overview", { ...base, group_by: grouped })),
    parseOverview);
  const keys = useQuery(
    when(name === null && isAttribute, apiURL("/attributes", { ...base, scope, limit: 100 })), parseAttributeKeyList);
  const values = useQuery(
    when(key !== "", apiURL(`/attributes/${encodeURIComponent(key)}/values`, { ...base, scope, limit: 50 })),
    parseAttributeValueList);

  return useMemo(() => {
    if (trimmed.startsWith("{")) return [];
    const prefix = scope === "resource" ? "resource." : "attr.";
    let found: readonly string[];
    if (name === null) {
      found = isAttribute ? (keys.data?.data ?? []).map((entry) => prefix + entry.key)
        : [...fields, "attr.", "resource."];
    } else if (name === "status") found = ["error", "ok", "unset"];
    else if (name === "service") found = (services.data?.data ?? []).map((service) => service.name);
    else if (isAttribute) found = (values.data?.data ?? []).map((entry) => String(entry.value));
    else if (name === grouped) found = (groups.data?.data.groups ?? []).map((group) => group.group);
    else found = [];
    const matching = found.filter((entry) => entry.toLowerCase().includes(typed)).slice(0, SUGGESTED_MAX);
    return name === null ? matching : matching.map((entry) => `${name}=${entry}`);
  }, [trimmed, name, typed, scope, isAttribute, grouped, fields, keys.data, services.data, values.data, groups.data]);
}
