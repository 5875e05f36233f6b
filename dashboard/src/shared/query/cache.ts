import { ask, RequestFailure, type Reader } from "./client";

/** What is known of a request at a moment. */
export interface QueryState<T> {
  readonly data: T | null;
  /** When the data came, in milliseconds since 1970; 0 without any. */
  readonly loadedAt: number;
  readonly error: Error | null;
  readonly isFetching: boolean;
}

/** Requests whose responses are kept: enough for going back through the pages of a visit. */
const ENTRY_COUNT_MAX = 60;
/** How often a server that is overloaded for a moment is asked again, and at first after how long. */
const RETRY_COUNT_MAX = 2;
const RETRY_FIRST_MS = 500;

const NOTHING: QueryState<never> = { data: null, loadedAt: 0, error: null, isFetching: false };

interface Entry {
  /** How it was asked for last; null before. */
  reader: Reader<unknown> | null;
  state: QueryState<unknown>;
  controller: AbortController | null;
  readonly listeners: Set<() => void>;
}

/** Responses by their URL: each is asked for once, however many components show it. */
export class QueryCache {
  private readonly entries = new Map<string, Entry>();

  state<T>(url: string | null): QueryState<T> {
    return url === null ? NOTHING : ((this.entries.get(url)?.state ?? NOTHING) as QueryState<T>);
  }

  subscribe(url: string, listener: () => void): () => void {
    const entry = this.entry(url);
    entry.listeners.add(listener);
    return () => {
      entry.listeners.delete(listener);
      if (entry.listeners.size > 0) return;
      entry.controller?.abort();
      entry.controller = null;
      this.forgetOldest();
    };
  }

  /** Asks again; what is known stays meanwhile. A request that is under way goes on. */
  async load<T>(url: string, reader: Reader<T>): Promise<void> {
    const entry = this.entry(url);
    if (entry.controller !== null) return;
    const controller = new AbortController();
    entry.controller = controller;
    entry.reader = reader;
    this.set(entry, { ...entry.state, isFetching: true });
    try {
      const data = await this.attempt(url, reader, controller.signal);
      this.finish(entry, controller, { data, loadedAt: Date.now(), error: null, isFetching: false });
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.finish(entry, controller, { ...entry.state, error: failure, isFetching: false });
    }
  }

  /** Asks again for everything that is shown. */
  reloadShown(): void {
    for (const [url, entry] of [...this.entries]) {
      if (entry.listeners.size > 0 && entry.reader !== null) void this.load(url, entry.reader);
    }
  }

  /** Takes the end of a request, unless nobody waits for it any more. */
  private finish(entry: Entry, controller: AbortController, state: QueryState<unknown>): void {
    if (entry.controller !== controller) return;
    entry.controller = null;
    this.set(entry, state);
  }

  private async attempt<T>(url: string, reader: Reader<T>, signal: AbortSignal): Promise<T> {
    for (let count = 0; ; count++) {
      try {
        return await ask(url, reader, signal);
      } catch (error) {
        const isBusy = error instanceof RequestFailure && error.status === 503;
        if (!isBusy || count >= RETRY_COUNT_MAX || signal.aborted) throw error;
        await new Promise((resolve) => window.setTimeout(resolve, RETRY_FIRST_MS * 2 ** count));
      }
    }
  }

  private entry(url: string): Entry {
    const known = this.entries.get(url);
    const entry = known ?? { reader: null, state: NOTHING, controller: null, listeners: new Set<() => void>() };
    // Again at the end: the order is that of use.
    this.entries.delete(url);
    this.entries.set(url, entry);
    return entry;
  }

  private set(entry: Entry, state: QueryState<unknown>): void {
    entry.state = state;
    for (const listener of [...entry.listeners]) listener();
  }

  private forgetOldest(): void {
    for (const [url, entry] of this.entries) {
      if (this.entries.size <= ENTRY_COUNT_MAX) return;
      if (entry.listeners.size === 0) this.entries.delete(url);
    }
  }
}

export const queryCache = new QueryCache();
