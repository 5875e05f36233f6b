import { useMemo, useState, type KeyboardEvent } from "react";
import { parseServiceList, parseTraceIDList } from "../generated/api";
import { chooseTheme, type ThemeChoice } from "../shared/appearance";
import type { MessageKey } from "../shared/i18n/catalogue";
import { LANGUAGES } from "../shared/i18n/catalogue";
import { chooseLanguage, useTranslate } from "../shared/i18n/language";
import { apiURL } from "../shared/query/client";
import { useQuery } from "../shared/query/useQuery";
import { hrefOf, navigate } from "../shared/router/location";
import { Icon, type IconName } from "../shared/ui/Icon";
import { Modal } from "../shared/ui/Modal";
import { PAGES, pathOf } from "./pages";

interface Command {
  readonly id: string;
  readonly icon: IconName;
  readonly text: string;
  readonly run: () => void;
}

const SHOWN_MAX = 12;
const THEMES: readonly ThemeChoice[] = ["light", "dark", "system"];
/** The first digits of an id that are worth asking for. */
const ID = /^[0-9a-f]{4,32}$/;

/** Pages, services, traces by their id, and switches, by a few letters. */
export function Palette({ close }: { readonly close: () => void }) {
  const t = useTranslate();
  const [text, setText] = useState("");
  const [selected, setSelected] = useState(0);
  const commands = useCommands();
  const typed = text.trim().toLowerCase();
  const ids = useQuery(
    ID.test(typed) ? apiURL("/trace-ids", { prefix: typed, start: "-7d", limit: 5 }) : null, parseTraceIDList);
  const found = useMemo(() => {
    const traces: Command[] = (ids.data?.data ?? []).map(({ trace_id: id }) => ({
      id, icon: "traces", text: t("palette.openTrace", { id }), run: () => navigate(hrefOf(`/traces/${id}`)),
    }));
    const words = typed.split(/\s+/);
    const matching = commands.filter((command) => {
      const name = command.text.toLowerCase();
      return words.every((word) => name.includes(word));
    });
    return [...traces, ...matching].slice(0, SHOWN_MAX);
  }, [commands, ids.data, typed, t]);
  const at = Math.min(selected, Math.max(0, found.length - 1));
  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    close();
    command.run();
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") setSelected(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setSelected(Math.max(at - 1, 0));
    else if (event.key === "Enter") run(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal label={t("palette.title")} close={close} className="palette">
      <input
        autoFocus role="combobox" aria-expanded="true" aria-controls="palette-list" aria-label={t("palette.title")}
        aria-activedescendant={found[at] === undefined ? undefined : `command-${at}`}
        placeholder={t("palette.placeholder")} value={text} spellCheck={false} autoComplete="off" onKeyDown={press}
        onChange={(event) => {
          setText(event.target.value);
          setSelected(0);
        }}
      />
      <ul id="palette-list" role="listbox" aria-label={t("palette.title")}>
        {found.map((command, index) => (
          <li
            key={command.id} id={`command-${index}`} role="option" aria-selected={index === at}
            onPointerMove={() => setSelected(index)} onClick={() => run(command)}
          >
            <Icon name={command.icon} />
            <span className="clip">{command.text}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="state">{t("palette.nothing")}</p>}
    </Modal>
  );
}

function useCommands(): readonly Command[] {
  const t = useTranslate();
  const services = useQuery(apiURL("/services", { start: "-7d" }), parseServiceList);
  return useMemo(() => {
    const pages: Command[] = PAGES.map((page) => ({
      id: `page-${page.segment}`, icon: page.icon, text: t(page.title), run: () => navigate(hrefOf(pathOf(page))),
    }));
    const named: Command[] = (services.data?.data ?? []).map(({ name }) => ({
      id: `service-${name}`, icon: "filter", text: t("palette.service", { name }),
      run: () => navigate(hrefOf("/traces", { service: name })),
    }));
    const themes: Command[] = THEMES.map((choice) => ({
      id: `theme-${choice}`, icon: "settings",
      text: t("palette.theme", { name: t(`settings.theme.${choice}` as MessageKey) }), run: () => chooseTheme(choice),
    }));
    const languages: Command[] = LANGUAGES.map(({ code, name }) => ({
      id: `language-${code}`, icon: "settings", text: t("palette.language", { name }), run: () => chooseLanguage(code),
    }));
    return [...pages, ...named, ...themes, ...languages];
  }, [services.data, t]);
}
