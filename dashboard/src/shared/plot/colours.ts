export const SLOT_COUNT = 10;

/** The categorical colour of each name: by its place in a list, so that all charts of a page agree. */
export function slotsOf(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, index) => [name, (index % SLOT_COUNT) + 1]));
}
