import { useEffect, useRef } from "react";
import type { MessageKey } from "../shared/i18n/catalogue";
import { useTranslate } from "../shared/i18n/language";
import { areLettersOn } from "../shared/ui/shortcuts";
import { changeParameters, currentLocation, hrefOf, navigate } from "../shared/router/location";
import { rangeOf, scaled, shifted } from "../shared/time/range";
import { chooseRange } from "../shared/time/useRange";
import { isTyping } from "../shared/ui/shortcuts";
import { Modal } from "../shared/ui/Modal";
import { PAGES, pathOf } from "./pages";

interface Actions {
  readonly openPalette: () => void;
  readonly openKeys: () => void;
}

/** For how long a `g` waits for the letter of a page. */
const PREFIX_MS = 1_200;

/** The keys that work on every page; physical keys, so that they work with any layout and input method. */
export function useShortcuts(actions: Actions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let prefixedAt = -Infinity;
    const press = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented) return;
      if ((event.metaKey || event.ctrlKey) && event.code === "KeyK") {
        event.preventDefault();
        latest.current.openPalette();
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event) || !areLettersOn()) return;
      const isPrefixed = performance.now() - prefixedAt < PREFIX_MS;
      prefixedAt = -Infinity;
      const page = PAGES.find((candidate) => event.code === `Key${candidate.key.toUpperCase()}`);
      if (isPrefixed && page !== undefined) navigate(hrefOf(pathOf(page)));
      else if (event.code === "KeyG") prefixedAt = performance.now();
      else if (!pressed(event, latest.current)) return;
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

/** Does what a single key stands for; false where it stands for nothing. */
function pressed(event: KeyboardEvent, actions: Actions): boolean {
  const parameters = new URLSearchParams(currentLocation().search);
  const now = Date.now();
  if (event.key === "?") actions.openKeys();
  else if (event.code === "BracketLeft") chooseRange(shifted(rangeOf(parameters, now), -0.5, now));
  else if (event.code === "BracketRight") chooseRange(shifted(rangeOf(parameters, now), 0.5, now));
  else if (event.code === "Minus") chooseRange(scaled(rangeOf(parameters, now), 2, now));
  else if (event.code === "Period") changeParameters({ live: parameters.get("live") === "1" ? undefined : "1" });
  else if (event.code === "Slash") return focusFilter();
  else return false;
  return true;
}

function focusFilter(): boolean {
  const filter = document.querySelector<HTMLInputElement>("[data-filter]");
  filter?.focus();
  return filter !== null;
}

const LIST: readonly (readonly [string, MessageKey])[] = [
  ["⌘K  Ctrl K", "keys.palette"], ["/", "keys.filter"], ["?", "keys.help"], ["[  ]", "keys.earlier"],
  ["-", "keys.zoomOut"], [".", "keys.live"], ["j  k", "keys.rows"], ["Enter", "keys.open"], ["Esc", "keys.close"],
  ["Space", "keys.peek"], ["x", "keys.mark"], ["1  …  5", "keys.modes"], ["← ↑ ↓ →", "keys.tree"],
  ["f  0", "keys.fit"], ["e", "keys.error"],
];

export function ShortcutList({ close }: { readonly close: () => void }) {
  const t = useTranslate();
  return (
    <Modal label={t("keys.title")} close={close}>
      <div className="keys" tabIndex={0}>
        <h2>{t("keys.title")}</h2>
        <dl>
          {LIST.map(([keys, key]) => (
            <Entry key={key} keys={keys} text={t(key)} />
          ))}
          {PAGES.map((page) => (
            <Entry key={page.segment} keys={`g  ${page.key}`} text={t("keys.go", { page: t(page.title) })} />
          ))}
        </dl>
      </div>
    </Modal>
  );
}

function Entry({ keys, text }: { readonly keys: string; readonly text: string }) {
  return (
    <>
      <dt>
        {keys.split("  ").map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </>
  );
}
