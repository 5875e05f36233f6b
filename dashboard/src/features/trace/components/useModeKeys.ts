import { useEffect, useRef } from "react";
import { changeParameters } from "../../../shared/router/location";
import { areLettersOn, isTyping } from "../../../shared/ui/shortcuts";
import { modeParameter, TRACE_MODES } from "../model/modes";

/** Keys of every way to look at a trace: 1 to 5 choose one, Escape closes the panel of a span. */
export function useModeKeys(close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (isTyping(event) || document.querySelector("dialog[open]") !== null) return;
      const mode = TRACE_MODES[Number(/^Digit([1-9])$/.exec(event.code)?.[1] ?? 0) - 1];
      if (event.key === "Escape") latest.current();
      else if (mode !== undefined && areLettersOn()) {
        changeParameters({ as: modeParameter(mode), vs: undefined, differences: undefined });
      } else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}
