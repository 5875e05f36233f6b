import { useEffect, useState, type ReactNode } from "react";
import { useTranslate } from "../shared/i18n/language";
import type { MessageKey } from "../shared/i18n/catalogue";
import { hrefOf } from "../shared/router/location";
import { Link } from "../shared/router/Link";
import { readPreference, writePreference } from "../shared/storage";
import { Icon } from "../shared/ui/Icon";
import { Header } from "./Header";
import { PAGES, pathOf, type PageDefinition } from "./pages";
import { Palette } from "./Palette";
import { ShortcutList, useShortcuts } from "./Shortcuts";

const GROUPS: readonly MessageKey[] = ["nav.observe", "nav.machines", "nav.operate"];

/** What is around every page. */
export function Shell({ page, children }: { readonly page: PageDefinition | null; readonly children: ReactNode }) {
  const t = useTranslate();
  const [isNarrow, setNarrow] = useState(readPreference("nav") === "narrow");
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [areKeysOpen, setKeysOpen] = useState(false);
  useShortcuts({ openPalette: () => setPaletteOpen(true), openKeys: () => setKeysOpen(true) });
  useEffect(() => writePreference("nav", isNarrow ? "narrow" : "wide"), [isNarrow]);
  return (
    <div className={isNarrow ? "shell narrow" : "shell"}>
      <a className="skip" href="#content">
        {t("nav.skip")}
      </a>
      <Link to={hrefOf("/")} className="brand" aria-label="Axonize">
        <Logo />
        <span>Axonize</span>
      </Link>
      <Header page={page} openPalette={() => setPaletteOpen(true)} />
      <nav className="nav" aria-label={t("nav.label")}>
        {GROUPS.map((group) => (
          <NavGroup key={group} group={group} current={page} />
        ))}
        <button
          type="button" className="end" onClick={() => setNarrow(!isNarrow)}
          aria-label={t(isNarrow ? "nav.expand" : "nav.collapse")}
        >
          <Icon name={isNarrow ? "wide" : "narrow"} />
          <span className="label" aria-hidden="true">
            {t("nav.collapse")}
          </span>
        </button>
      </nav>
      <main className="main" id="content">
        {children}
      </main>
      {isPaletteOpen && <Palette close={() => setPaletteOpen(false)} />}
      {areKeysOpen && <ShortcutList close={() => setKeysOpen(false)} />}
    </div>
  );
}

function NavGroup({ group, current }: { readonly group: MessageKey; readonly current: PageDefinition | null }) {
  const t = useTranslate();
  return (
    <>
      <h2>{t(group)}</h2>
      {PAGES.filter((page) => page.group === group).map((page) => (
        <Link
          key={page.segment} to={hrefOf(pathOf(page))} aria-label={t(page.title)}
          className={page.isThere ? undefined : "off"}
          aria-current={page === current ? "page" : undefined}
        >
          <Icon name={page.icon} />
          <span className="label">{t(page.title)}</span>
        </Link>
      ))}
    </>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--accent)" />
      <path
        d="M5 21h5l4-12 5 15 3-8h5" fill="none" stroke="var(--on-accent)" strokeWidth="2.6" strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
