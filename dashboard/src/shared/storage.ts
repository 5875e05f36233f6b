/** What a person likes, kept in this browser; where storage is closed (private windows), for this visit only. */
const PREFIX = "axonize.1.";
const kept = new Map<string, string>();

export function readPreference(name: string): string | null {
  try {
    return window.localStorage.getItem(PREFIX + name) ?? kept.get(name) ?? null;
  } catch {
    return kept.get(name) ?? null;
  }
}

export function writePreference(name: string, value: string): void {
  kept.set(name, value);
  try {
    window.localStorage.setItem(PREFIX + name, value);
  } catch {
    // The value of this visit stays in `kept`.
  }
}
