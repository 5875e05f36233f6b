import { useCallback, useEffect, useRef, useState } from "react";
import type { Parser } from "../api/parsers";
import { ask } from "./client";

/** A page of a list, as every list of the API has it. */
interface ListPage<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
  readonly warnings?: readonly string[];
}

export interface Pages<T> {
  /** Null while the first page is under way. */
  readonly items: readonly T[] | null;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly warnings: readonly string[];
  /** New items that wait for `showNew`. */
  readonly newCount: number;
  readonly loadMore: () => void;
  readonly showNew: () => void;
  readonly reload: () => void;
}

interface Options<T> {
  readonly idOf: (item: T) => string;
  /** How often the newest items are asked for; null for never. */
  readonly refreshMs: number | null;
  /** How often all is asked for anew, for lists whose items change rather than come; null or absent for never. */
  readonly reloadMs?: number | null;
}

interface State<T> {
  readonly url: string;
  readonly items: readonly T[] | null;
  readonly fresh: readonly T[];
  readonly cursor: string | null;
  readonly error: Error | null;
  readonly warnings: readonly string[];
}

/** Items that are kept: beyond, a list is narrowed by filters rather than scrolled. */
const ITEM_COUNT_MAX = 10_000;

/** A list of the API page by page, and what is new in it. `url` has everything but the cursor. */
export function usePages<T>(
  url: string, parser: Parser<ListPage<T>>, { idOf, refreshMs, reloadMs = null }: Options<T>,
): Pages<T> {
  const empty: State<T> = { url, items: null, fresh: [], cursor: null, error: null, warnings: [] };
  const [state, setState] = useState<State<T>>(empty);
  const [isLoading, setLoading] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const request = useRef<AbortController | null>(null);
  const shown = state.url === url ? state : { ...empty, items: state.items };

  useEffect(() => {
    const controller = new AbortController();
    request.current?.abort();
    request.current = controller;
    setLoading(true);
    ask(url, parser, controller.signal).then(
      (page) => setState({
        url, items: page.data, fresh: [], cursor: page.next_cursor, error: null, warnings: page.warnings ?? [],
      }),
      (error: Error) => {
        if (!controller.signal.aborted) setState((now) => ({ ...(now.url === url ? now : empty), error }));
      },
    ).finally(() => {
      if (request.current !== controller) return;
      request.current = null;
      setLoading(false);
    });
    return () => controller.abort();
    // `empty` is made of `url` alone.
  }, [url, parser, attempt]);

  const loadMore = useCallback(() => {
    const { cursor, items } = state;
    if (state.url !== url || cursor === null || request.current !== null || items === null) return;
    if (items.length >= ITEM_COUNT_MAX) return;
    const controller = new AbortController();
    request.current = controller;
    setLoading(true);
    ask(`${url}&cursor=${encodeURIComponent(cursor)}`, parser, controller.signal).then(
      (page) => setState((now) => now.url !== url ? now : {
        ...now, items: [...(now.items ?? []), ...page.data], cursor: page.next_cursor, error: null,
        warnings: [...new Set([...now.warnings, ...(page.warnings ?? [])])],
      }),
      (error: Error) => {
        if (!controller.signal.aborted) setState((now) => ({ ...now, error }));
      },
    ).finally(() => {
      if (request.current !== controller) return;
      request.current = null;
      setLoading(false);
    });
  }, [state, url, parser]);

  useEffect(() => {
    if (refreshMs === null) return;
    const timer = window.setInterval(() => {
      if (document.visibilityState !== "visible" || request.current !== null) return;
      ask(url, parser).then(
        (page) => setState((now) => {
          if (now.url !== url || now.items === null) return now;
          const known = new Set(now.items.map(idOf));
          return { ...now, fresh: page.data.filter((item) => !known.has(idOf(item))), error: null };
        }),
        (error: Error) => setState((now) => (now.url === url ? { ...now, error } : now)),
      );
    }, refreshMs);
    return () => window.clearInterval(timer);
  }, [url, parser, refreshMs, idOf]);

  useEffect(() => {
    if (reloadMs === null) return;
    const timer = window.setInterval(() => {
      if (document.visibilityState === "visible") setAttempt((count) => count + 1);
    }, reloadMs);
    return () => window.clearInterval(timer);
  }, [reloadMs]);

  const showNew = useCallback(
    () => setState((now) => ({ ...now, items: [...now.fresh, ...(now.items ?? [])], fresh: [] })), []);

  return {
    items: shown.items, hasMore: shown.cursor !== null && (shown.items?.length ?? 0) < ITEM_COUNT_MAX, isLoading,
    error: shown.error, warnings: shown.warnings, newCount: shown.fresh.length, loadMore, showNew,
    reload: useCallback(() => setAttempt((count) => count + 1), []),
  };
}
