import type { Facet } from "../../generated/api";
import type { Filter } from "../../shared/filters/filters";

/** The fields by which the list can be narrowed, in their order; the names are those of the API. */
export const FACETS = [
  "status", "service", "model", "operation", "provider", "gpu", "user", "session",
] as const;
export type FacetField = (typeof FACETS)[number];

/** The conditions for the counts: those of the list but for durations, which are of traces there and of spans here. */
export function facetQuery(filters: readonly Filter[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    filters.filter(({ name }) => name !== "min_duration_ms" && name !== "max_duration_ms")
      .map(({ name, value }) => [name, value]));
}

export interface Choice {
  readonly value: string;
  /** Null where it is not known. */
  readonly count: number | null;
}

/** The values of a field, the one that is chosen first, also where no span has it. */
export function choicesOf(facet: Facet | undefined, chosen: string | null): readonly Choice[] {
  const choices = (facet?.values ?? []).map((entry) => ({ value: entry.value, count: entry.span_count }));
  if (chosen === null || chosen === "" || choices.some((choice) => choice.value === chosen)) return choices;
  return [{ value: chosen, count: null }, ...choices];
}
