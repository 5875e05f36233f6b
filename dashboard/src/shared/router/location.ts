import { Store, useStore } from "../store";

/** Where the browser is: the path and the parameters of a view. */
export interface Location {
  readonly path: string;
  readonly search: string;
}

const read = (): Location => ({ path: window.location.pathname, search: window.location.search });
const current = new Store<Location>(read());

export function useLocation(): Location {
  return useStore(current);
}

export const currentLocation = current.get;

export function followHistory(): void {
  window.addEventListener("popstate", () => current.set(read()));
}

/** Goes to a path with its parameters; `replace` where going back should skip what is here. */
export function navigate(target: string, options: { replace?: boolean } = {}): void {
  const here = window.location.pathname + window.location.search;
  if (target === here) return;
  if (options.replace === true) window.history.replaceState(null, "", target);
  else window.history.pushState(null, "", target);
  current.set(read());
}

/** Parameters that every page has, which links take along. */
export const COMMON_PARAMETERS = ["start", "end", "service", "env", "live", "refresh"] as const;

/** The address of a page with the parameters that all pages share, and its own. */
export function hrefOf(path: string, parameters: Readonly<Record<string, string | undefined>> = {}): string {
  const now = new URLSearchParams(current.get().search);
  const next = new URLSearchParams();
  for (const name of COMMON_PARAMETERS) {
    const value = now.get(name);
    if (value !== null) next.set(name, value);
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) next.delete(name);
    else next.set(name, value);
  }
  return withSearch(path, next);
}

export function withSearch(path: string, parameters: URLSearchParams): string {
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Changes parameters of the view that is shown; undefined removes one. */
export function changeParameters(
  changes: Readonly<Record<string, string | undefined>>, options: { replace?: boolean } = {},
): void {
  const { path, search } = current.get();
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") parameters.delete(name);
    else parameters.set(name, value);
  }
  navigate(withSearch(path, parameters), options);
}
