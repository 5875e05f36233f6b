import { useCallback, useEffect, useState } from "react";

/** A callback for the `ref` of an element, and its width in pixels as it changes. */
export function useWidth(): readonly [(element: HTMLElement | null) => void, number] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element === null) return;
    const measure = () => setWidth(Math.floor(element.getBoundingClientRect().width));
    measure();
    const resizing = new ResizeObserver(measure);
    resizing.observe(element);
    return () => resizing.disconnect();
  }, [element]);
  return [useCallback((found: HTMLElement | null) => setElement(found), []), width];
}
