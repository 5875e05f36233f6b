import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { queryCache, type QueryState } from "./cache";
import type { Reader } from "./client";

export interface Query<T> extends QueryState<T> {
  readonly reload: () => void;
  /** Whether the data is of the request before, while this one is under way. */
  readonly isPrevious: boolean;
}

interface Options {
  /** How often it is asked again while the page can be seen; null for never. */
  readonly refreshMs?: number | null;
}

/** Data that is younger than this is shown without asking again. */
const FRESH_MS = 1_000;

/** The response of the API at a URL; null asks nothing. The data before stays until new data is there. */
export function useQuery<T>(url: string | null, reader: Reader<T>, { refreshMs = null }: Options = {}): Query<T> {
  const subscribe = useCallback(
    (listener: () => void) => (url === null ? () => undefined : queryCache.subscribe(url, listener)), [url]);
  const state = useSyncExternalStore(subscribe, () => queryCache.state<T>(url));
  const latest = useRef<T | null>(null);
  if (state.data !== null) latest.current = state.data;
  if (url === null) latest.current = null;

  const reload = useCallback(() => {
    if (url !== null) void queryCache.load(url, reader);
  }, [url, reader]);

  useEffect(() => {
    if (url === null) return;
    const known = queryCache.state(url);
    if (known.data === null || Date.now() - known.loadedAt > FRESH_MS) reload();
  }, [url, reload]);

  useEffect(() => {
    if (url === null || refreshMs === null) return;
    const timer = window.setInterval(() => {
      if (document.visibilityState === "visible") reload();
    }, refreshMs);
    return () => window.clearInterval(timer);
  }, [url, refreshMs, reload]);

  const isPrevious = state.data === null && latest.current !== null && state.error === null;
  return { ...state, data: state.data ?? (isPrevious ? latest.current : null), reload, isPrevious };
}
