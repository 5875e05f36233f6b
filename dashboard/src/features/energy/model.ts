import type { Energy } from "../../generated/api";

/** What energy can be shown by; the names are those of the API. */
export const GROUPINGS = ["model", "service", "gpu", "node", "provider"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export function groupingOf(text: string | null): Grouping {
  return GROUPINGS.find((name) => name === text) ?? "model";
}

export interface Part {
  readonly name: "spans" | "others" | "idle" | "rest";
  readonly joules: number;
  /** Of all that was measured, from 0 to 1. */
  readonly share: number;
}

/** Less than this of what was measured is rounding, not energy that nobody has. */
const REST_SHARE_MIN = 0.001;

/** What was measured, as parts that add up: spans, other tenants, idle, and a rest where there is one. */
export function partsOf(energy: Energy): readonly Part[] {
  const measured = energy.measured_joules;
  if (measured <= 0) return [];
  const part = (name: Part["name"], joules: number): Part => ({ name, joules, share: joules / measured });
  const known = [
    part("spans", energy.total.joules), part("others", energy.other_tenants.joules), part("idle", energy.idle.joules),
  ].filter(({ joules }) => joules > 0);
  const rest = measured - known.reduce((sum, { joules }) => sum + joules, 0);
  return rest / measured > REST_SHARE_MIN ? [...known, part("rest", rest)] : known;
}

const STEP_COUNT = 60;

/** A width of steps, in whole minutes, that makes some sixty of a range. */
export function stepOf(fromMs: number, toMs: number): string {
  return `${Math.max(1, Math.ceil((toMs - fromMs) / 60_000 / STEP_COUNT))}m`;
}
