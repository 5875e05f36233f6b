/** How numbers are written; the one place for it, the same in both languages. */

export const MISSING = "–";

/** A number with a fixed count of significant digits and no exponent. */
function significant(value: number, digits: number): string {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return rounded.toFixed(Math.min(decimals, 12));
}

const DURATION_UNITS = [["ns", 1], ["µs", 1e3], ["ms", 1e6], ["s", 1e9]] as const;

/** `842 µs`, `1.84 s`, `1 m 03 s`, `2 h 05 m`. */
export function duration(nanoseconds: number | null | undefined): string {
  if (nanoseconds === null || nanoseconds === undefined || Number.isNaN(nanoseconds)) return MISSING;
  const size = Math.abs(nanoseconds);
  const seconds = Math.round(size / 1e9);
  const sign = nanoseconds < 0 ? "-" : "";
  if (seconds >= 86_400) return `${sign}${Math.floor(seconds / 86_400)} d ${two(Math.floor(seconds / 3600) % 24)} h`;
  if (seconds >= 3_600) return `${sign}${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} m`;
  if (seconds >= 60) return `${sign}${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  // The unit that the rounded number has, so that 999.9 µs is 1.00 ms.
  const [unit, scale] = DURATION_UNITS.find(([, next]) => size / next < 999.5) ?? ["s", 1e9];
  return size === 0 ? "0" : `${sign}${significant(size / scale, 3)} ${unit}`;
}

/** A setting of seconds, such as a retention: `15 d`, `36 h`, `90 s`. */
export function period(seconds: number): string {
  for (const [unit, size] of [["d", 86_400], ["h", 3_600], ["m", 60]] as const) {
    if (seconds >= size && seconds % size === 0) return `${seconds / size} ${unit}`;
  }
  return `${seconds} s`;
}

export const milliseconds = (value: number | null | undefined): string =>
  duration(value === null || value === undefined ? null : value * 1e6);

const SI = ["", "k", "M", "G", "T", "P"] as const;

/** `9,871`, then `18.2k`, `3.4M`. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  if (Math.abs(value) < 10_000) {
    if (!Number.isInteger(value)) return significant(value, 3);
    return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
  }
  return scaled(value, 1_000, SI);
}

/** A number per second: `42.1`, `0.25`, `18.2k`. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  if (value === 0) return "0";
  return Math.abs(value) < 1_000 ? significant(value, 3) : scaled(value, 1_000, SI);
}

/** Memory in binary units: `121 GiB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  return scaled(value, 1_024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"], " ");
}

/** `690 W`, from 10 kW on in kW. */
export function watts(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  return value < 10_000 ? `${Math.round(value)} W` : `${significant(value / 1_000, 3)} kW`;
}

export function celsius(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? MISSING : `${Math.round(value)} °C`;
}

/** A share from 0 to 1: `0.4 %`, `12 %`; zero only where it is measured. */
export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || Number.isNaN(ratio)) return MISSING;
  const value = ratio * 100;
  if (value === 0) return "0 %";
  if (Math.abs(value) < 0.1) return "< 0.1 %";
  return `${Math.abs(value) < 9.95 ? value.toFixed(1) : Math.round(value)} %`;
}

/** A change against before: `+12 %`, `-3.1 %`, `±0`, `×44`. */
export function change(ratio: number | null): string {
  if (ratio === null || !Number.isFinite(ratio)) return MISSING;
  if (Math.abs(ratio) < 0.0005) return "±0";
  if (ratio >= 9) return `×${count(Math.round(ratio + 1))}`;
  const text = percent(Math.abs(ratio));
  return `${ratio > 0 ? "+" : "-"}${text}`;
}

/** Any value of a metric, whose unit is not known. */
export function plain(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return Math.abs(value) >= 10_000 ? scaled(value, 1_000, SI) : significant(value, 4).replace(/\.0+$/, "");
}

function scaled(value: number, step: number, units: readonly string[], space = ""): string {
  let index = 0;
  let size = value;
  while (Math.abs(size) >= step * 0.9995 && index < units.length - 1) {
    size /= step;
    index++;
  }
  const text = index === 0 && Number.isInteger(size) ? String(size) : significant(size, 3);
  return `${text}${units[index] === "" ? "" : space}${units[index] ?? ""}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** A count that a response has as a number or, beyond what a number holds, as a text. */
export function toNumber(value: number | string | null | undefined): number {
  return value === null || value === undefined ? NaN : Number(value);
}

/** Energy: `0.42 J`, `2.52 kJ`, `1.3 MJ`. */
export function joules(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  if (value === 0) return "0 J";
  return Math.abs(value) < 1_000 ? `${significant(value, 3)} J` : `${scaled(value, 1_000, SI, " ")}J`;
}

/** Mass of carbon dioxide: `0.28 g`, `1.2 kg`. */
export function grams(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  if (value === 0) return "0 g";
  return Math.abs(value) < 1_000 ? `${significant(value, 3)} g` : `${scaled(value / 1_000, 1_000, SI)} kg`;
}

/** A price in the currency of the server: `0.000252 EUR`, `12.30 EUR`; cents are too coarse for a request. */
export function money(value: number | null | undefined, currency: string | null): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  const size = Math.abs(value);
  const text = value === 0 ? "0" : size < 1 ? significant(value, 3) : size < 10_000 ? value.toFixed(2) : count(value);
  return currency === null ? text : `${text} ${currency}`;
}
