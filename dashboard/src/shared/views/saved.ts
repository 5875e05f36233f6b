import type { SavedView } from "../../generated/api";
import { filtersOf } from "../filters/filters";

/** Parameters of a list besides its conditions that belong to a view of it. */
const OWN = ["start", "end", "sort"] as const;
/** The header's choice of an environment, as the API filters by it. */
export const ENVIRONMENT_FILTER = "resource.deployment.environment.name";

/** What the API asks a list for, from the address that shows it. */
export function parametersToSave(
  parameters: URLSearchParams, isField: (name: string) => boolean,
): Readonly<Record<string, string>> {
  const saved: Record<string, string> = {};
  for (const { name, value } of filtersOf(parameters, isField)) saved[name] = value;
  for (const name of OWN) {
    const value = parameters.get(name);
    if (value !== null && value !== "") saved[name] = value;
  }
  const environment = parameters.get("env");
  if (environment !== null && environment !== "") saved[ENVIRONMENT_FILTER] = environment;
  return saved;
}

export interface Applied {
  /** What changes in the address; undefined removes a parameter. */
  readonly changes: Readonly<Record<string, string | undefined>>;
  /** Parameters of the view that this page does not know, such as those of a later version. */
  readonly ignored: readonly string[];
}

/** What an address becomes that shows a saved view: its own conditions, and no others. */
export function applied(view: SavedView, parameters: URLSearchParams, isField: (name: string) => boolean): Applied {
  const isKnown = (name: string) => isField(name) || (OWN as readonly string[]).includes(name);
  const before = [...filtersOf(parameters, isField).map(({ name }) => name), ...OWN, "env"];
  const known = Object.entries(view.parameters).filter(([name]) => isKnown(name));
  return {
    changes: {
      ...Object.fromEntries(before.map((name): [string, undefined] => [name, undefined])), ...Object.fromEntries(known),
      view: view.id,
    },
    ignored: Object.keys(view.parameters).filter((name) => !isKnown(name) && name !== "limit"),
  };
}

/** Whether an address names a view and nothing that it would show itself: then the view is what is meant. */
export function isViewAlone(parameters: URLSearchParams, isField: (name: string) => boolean): boolean {
  return parameters.has("view") && filtersOf(parameters, isField).length === 0 &&
    OWN.every((name) => !parameters.has(name));
}
