import { useEffect, useRef, useState, type RefObject } from "react";

interface Popover {
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
  /** The element around the button and what it opens. */
  readonly anchor: RefObject<HTMLSpanElement>;
}

/** Whether something that hangs from a button is open; Escape and a click elsewhere close it. */
export function usePopover(): Popover {
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = (event: PointerEvent) => {
      if (!(event.target instanceof Node) || anchor.current?.contains(event.target) !== true) setOpen(false);
    };
    const closeByKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      // What lies below it closes with the next one.
      event.stopPropagation();
    };
    window.addEventListener("pointerdown", closeOutside);
    window.addEventListener("keydown", closeByKey, { capture: true });
    return () => {
      window.removeEventListener("pointerdown", closeOutside);
      window.removeEventListener("keydown", closeByKey, { capture: true });
    };
  }, [isOpen]);
  return { isOpen, setOpen, anchor };
}
