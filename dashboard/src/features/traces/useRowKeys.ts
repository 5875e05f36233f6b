import { useEffect, useRef } from "react";
import { areLettersOn, isTyping } from "../../shared/ui/shortcuts";

interface Actions {
  readonly count: number;
  readonly selected: number | null;
  readonly select: (index: number) => void;
  readonly open: (index: number) => void;
  readonly peek: (index: number) => void;
  readonly mark: (index: number) => void;
  /** Closes what is open; null where nothing is. */
  readonly close: (() => void) | null;
}

/** The keys of a list: `j` and `k` walk the rows, space shows one beside the list, Enter opens it, `x` marks it. */
export function useRowKeys(actions: Actions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.metaKey || event.ctrlKey || event.altKey) return;
      if (isTyping(event) || document.querySelector("dialog[open]") !== null) return;
      if (walk(event, latest.current)) event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

function walk(event: KeyboardEvent, { count, selected, select, open, peek, mark, close }: Actions): boolean {
  const isLetter = (code: string) => event.code === code && areLettersOn();
  const target = event.target;
  const isOnControl = target instanceof HTMLElement && ["A", "BUTTON"].includes(target.tagName);
  if (event.key === "Escape" && close !== null) close();
  else if (count === 0) return false;
  else if (isLetter("KeyJ") || event.key === "ArrowDown") select(Math.min((selected ?? -1) + 1, count - 1));
  else if (isLetter("KeyK") || event.key === "ArrowUp") select(Math.max((selected ?? 1) - 1, 0));
  else if (selected === null || isOnControl) return false;
  else if (event.key === "Enter") open(selected);
  else if (event.key === " ") peek(selected);
  else if (isLetter("KeyX")) mark(selected);
  else return false;
  return true;
}
