import { useEffect, useRef } from "react";
import { areLettersOn, isTyping } from "../../../shared/ui/shortcuts";
import type { Tree } from "../../../shared/trace/tree";

interface Actions {
  readonly tree: Tree;
  readonly rows: readonly number[];
  readonly selected: number | null;
  readonly folded: ReadonlySet<string>;
  readonly select: (index: number | null) => void;
  readonly fold: (index: number, isFolded: boolean) => void;
  readonly fit: () => void;
  readonly reset: () => void;
  readonly nextError: () => void;
  readonly nextMatch: (by: 1 | -1) => void;
  readonly zoom: (isIn: boolean) => void;
  readonly pan: (direction: 1 | -1, isLarge: boolean) => void;
}

/** The keys of a trace: arrows walk its spans, letters move through time. */
export function useTraceKeys(actions: Actions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (isTyping(event) || document.querySelector("dialog[open]") !== null) return;
      if (!walk(event, latest.current) && !(areLettersOn() && letter(event, latest.current))) return;
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

function walk(event: KeyboardEvent, { tree, rows, selected, folded, select, fold }: Actions): boolean {
  const at = selected === null ? -1 : rows.indexOf(selected);
  const node = selected === null ? undefined : tree.nodes[selected];
  switch (event.key) {
    case "ArrowDown": select(rows[Math.min(at + 1, rows.length - 1)] ?? null); return true;
    case "ArrowUp": select(rows[Math.max(at - 1, 0)] ?? null); return true;
    case "ArrowLeft":
      if (node === undefined) return false;
      if (node.descendants > 0 && !folded.has(node.span.span_id)) fold(node.index, true);
      else if (node.parent >= 0) select(node.parent);
      return true;
    case "ArrowRight":
      if (node === undefined) return false;
      if (folded.has(node.span.span_id)) fold(node.index, false);
      else if (node.descendants > 0) select(node.index + 1);
      return true;
    default: return false;
  }
}

function letter(event: KeyboardEvent, actions: Actions): boolean {
  switch (event.code) {
    case "KeyF": actions.fit(); return true;
    case "Digit0": actions.reset(); return true;
    case "KeyE": actions.nextError(); return true;
    case "KeyN": actions.nextMatch(event.shiftKey ? -1 : 1); return true;
    case "KeyW": actions.zoom(true); return true;
    case "KeyS": actions.zoom(false); return true;
    case "KeyA": actions.pan(-1, event.shiftKey); return true;
    case "KeyD": actions.pan(1, event.shiftKey); return true;
    default: return false;
  }
}
