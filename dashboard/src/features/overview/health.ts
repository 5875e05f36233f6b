import type { Gpu, Node, Overview } from "../../generated/api";

/** Something that a person should look at; the worst first. */
export type Issue =
  | { readonly kind: "errorRate"; readonly name: string; readonly rate: number }
  | { readonly kind: "latency"; readonly name: string; readonly p95: number; readonly change: number }
  | { readonly kind: "gpu"; readonly name: string; readonly id: string; readonly condition: Gpu["condition"] }
  | { readonly kind: "node"; readonly name: string };

export interface Health {
  readonly state: "healthy" | "trouble" | "idle";
  readonly issues: readonly Issue[];
}

type Group = Overview["data"]["groups"][number];

/** From this share of failed spans on a service counts as failing. */
const ERROR_RATE_MIN = 0.05;
/** Below this many spans a share or a percentile says little. */
const SPAN_COUNT_MIN = 20;
/** A p95 that is this much above that of the range before, and by this many milliseconds, counts as slow. */
const LATENCY_CHANGE_MIN = 0.5;
const LATENCY_RISE_MS_MIN = 50;

/** What the numbers say in one sentence: a few rules, the same for everybody. */
export function healthOf(
  services: readonly Group[], before: readonly Group[] | null, gpus: readonly Gpu[], nodes: readonly Node[],
): Health {
  const issues: Issue[] = [];
  for (const gpu of gpus) {
    if (gpu.condition === "lost" || gpu.condition === "wedged") {
      issues.push({ kind: "gpu", name: `${gpu.node}/${gpu.index}`, id: gpu.id, condition: gpu.condition });
    }
  }
  for (const node of nodes) if (node.state === "silent") issues.push({ kind: "node", name: node.name });
  const failing = services
    .filter((group) => group.span_count >= SPAN_COUNT_MIN && group.error_rate >= ERROR_RATE_MIN)
    .sort((one, other) => other.error_rate - one.error_rate);
  for (const group of failing) issues.push({ kind: "errorRate", name: group.group, rate: group.error_rate });
  issues.push(...slower(services, before ?? []));
  const isIdle = services.every((group) => group.span_count === 0);
  return { state: issues.length > 0 ? "trouble" : isIdle ? "idle" : "healthy", issues };
}

function slower(services: readonly Group[], before: readonly Group[]): Issue[] {
  const known = new Map(before.map((group) => [group.group, group]));
  return services.flatMap((group) => {
    const earlier = known.get(group.group);
    const [p95, p95Before] = [group.duration_ms.p95, earlier?.duration_ms.p95 ?? null];
    if (p95 === null || p95Before === null || p95Before <= 0 || earlier === undefined) return [];
    if (Math.min(group.span_count, earlier.span_count) < SPAN_COUNT_MIN) return [];
    const change = p95 / p95Before - 1;
    if (change < LATENCY_CHANGE_MIN || p95 - p95Before < LATENCY_RISE_MS_MIN) return [];
    return [{ kind: "latency" as const, name: group.group, p95, change }];
  }).sort((one, other) => other.change - one.change);
}

/** The change of a number against before; null where there is none to compare with. */
export function changeOf(now: number | null, before: number | null): number | null {
  return now === null || before === null || before === 0 ? null : now / before - 1;
}

interface Costs {
  readonly energy_cost: number | null;
  readonly gpu_cost: number | null;
}

/** What GPUs cost in all, idle ones too; null where nothing has a price. */
export function costOf(...parts: readonly Costs[]): number | null {
  const known = parts.flatMap((part) => [part.energy_cost, part.gpu_cost])
    .filter((cost): cost is number => cost !== null);
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0);
}
