import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { followSystemTheme } from "./shared/appearance";
import { language } from "./shared/i18n/language";
import { followHistory } from "./shared/router/location";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/pages.css";
import "./styles/lists.css";
import "./styles/trace.css";
import "./styles/analysis.css";
import "./styles/insight.css";

followHistory();
followSystemTheme();
document.documentElement.lang = language.get();
reloadOldTabs();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

/** After an upgrade of the server an open page asks for files that are gone; it is loaded again, if it is not new. */
function reloadOldTabs(): void {
  const MINUTE_MS = 60_000;
  window.addEventListener("unhandledrejection", (event) => {
    if (!/dynamically imported module|Importing a module script failed/.test(String(event.reason))) return;
    if (performance.now() > MINUTE_MS) window.location.reload();
  });
}
