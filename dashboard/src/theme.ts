import { readPreference } from "./shared/storage";

// Runs before the first paint, so that a page never shows in the wrong colours.
const stored = readPreference("theme");
const isDark = stored === "dark" || (stored !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.dataset.theme = isDark ? "dark" : "light";
