import { readPreference, writePreference } from "./storage";
import { Store } from "./store";

export type Theme = "light" | "dark";
export type ThemeChoice = Theme | "system";

const system = () => window.matchMedia("(prefers-color-scheme: dark)");
const isChoice = (text: string | null): text is ThemeChoice => text === "light" || text === "dark" || text === "system";
const resolve = (choice: ThemeChoice): Theme => (choice === "system" ? (system().matches ? "dark" : "light") : choice);

const stored = readPreference("theme");
export const themeChoice = new Store<ThemeChoice>(isChoice(stored) ? stored : "system");
/** The theme on the screen; canvases read their colours anew when it changes. */
export const theme = new Store<Theme>(resolve(themeChoice.get()));

export function chooseTheme(choice: ThemeChoice): void {
  writePreference("theme", choice);
  themeChoice.set(choice);
  apply();
}

export function followSystemTheme(): void {
  apply();
  system().addEventListener("change", apply);
}

function apply(): void {
  const resolved = resolve(themeChoice.get());
  document.documentElement.dataset.theme = resolved;
  theme.set(resolved);
}

/** The value of a colour token, for canvases. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
