import type { Gpu } from "../../generated/api";

/** A value that a GPU has, or why it has none. */
export interface Reading {
  readonly value: number | null;
  /** The word for why there is none, such as `mig_mode`; null where there is one, or none was asked for. */
  readonly unavailable: string | null;
  readonly source: string | null;
  readonly time: string | null;
}

const NONE: Reading = { value: null, unavailable: null, source: null, time: null };

/** A reading of the whole GPU, or of a part of it. */
export function readingOf(gpu: Gpu, metric: string, instance?: number): Reading {
  const found = gpu.readings.find((reading) => reading.metric === metric && reading.gpu_instance === instance);
  if (found === undefined) return NONE;
  return {
    value: found.value ?? null, unavailable: found.unavailable ?? null, source: found.source ?? null,
    time: found.time ?? null,
  };
}

export const UTILIZATION = "axonize_gpu_utilization_ratio";
export const MEMORY_USED = "axonize_gpu_memory_used_bytes";
export const POWER = "axonize_gpu_power_watts";
export const TEMPERATURE = "axonize_gpu_temperature_celsius";

/** The memory of a GPU that is in use, as a share; null where either number is missing. */
export function memoryShare(gpu: Gpu): number | null {
  const used = readingOf(gpu, MEMORY_USED).value;
  return used === null || gpu.memory_bytes === undefined || gpu.memory_bytes === 0 ? null : used / gpu.memory_bytes;
}

export const gpuName = (gpu: Gpu): string => `${gpu.node}/${gpu.index}`;

/** The sum of what is known; null where nothing is. */
export function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** The parts that a board is divided into; one that is whole reports itself as its only part, which is none. */
export function partsOf(gpu: Gpu): Gpu["resources"] {
  return gpu.resources.filter((part) => part.uuid === undefined || part.uuid !== gpu.uuid);
}

/** A part of a divided board by the number that its readings have: `3g.71gb #1`. */
export function partName(gpu: Gpu, instance: number): string {
  const part = gpu.resources.find((candidate) => candidate.gpu_instance === instance);
  return part?.profile === undefined ? `#${instance}` : `${part.profile} #${instance}`;
}
