import { lazy, type ComponentType } from "react";
import type { MessageKey } from "../shared/i18n/catalogue";
import type { IconName } from "../shared/ui/Icon";

/** What a page gets from its path. */
export interface PageProps {
  /** The part of the path after the page's own, such as the id of a trace; null on the page of the list. */
  readonly id: string | null;
}

export interface PageDefinition {
  /** The first segment of the path; empty for the overview. */
  readonly segment: string;
  readonly title: MessageKey;
  readonly icon: IconName;
  readonly group: MessageKey;
  /** The letter after `g` that leads here. */
  readonly key: string;
  /** Whether the page filters by the environment of the header. */
  readonly takesEnvironment: boolean;
  readonly takesService: boolean;
  /** Whether the server has this part; the page of one that is missing says so. */
  readonly isThere: boolean;
  readonly component: ComponentType<PageProps>;
  /** The page of an object of the list. */
  readonly detail?: ComponentType<PageProps>;
}

const page = (
  segment: string, title: MessageKey, icon: IconName, group: MessageKey, key: string,
  takes: { service?: boolean; environment?: boolean },
  load: () => Promise<{ default: ComponentType<PageProps> }>,
  loadDetail?: () => Promise<{ default: ComponentType<PageProps> }>,
): PageDefinition => ({
  segment, title, icon, group, key, isThere: true,
  takesService: takes.service ?? false, takesEnvironment: takes.environment ?? false,
  component: lazy(load), ...(loadDetail === undefined ? {} : { detail: lazy(loadDetail) }),
});

const place = (segment: "alerts" | "gateway" | "drift" | "memory", key: string): PageDefinition => ({
  ...page(segment, `nav.${segment}`, segment, "nav.operate", key, {}, () => import("../features/places/PlacePage")),
  isThere: false,
});

export const PAGES: readonly PageDefinition[] = [
  page("", "nav.overview", "overview", "nav.observe", "o", { service: true },
    () => import("../features/overview/OverviewPage")),
  page("traces", "nav.traces", "traces", "nav.observe", "t", { service: true, environment: true },
    () => import("../features/traces/TracesPage"), () => import("../features/trace/TracePage")),
  page("analytics", "nav.analytics", "analytics", "nav.observe", "y", { service: true },
    () => import("../features/analytics/AnalyticsPage")),
  page("compare", "why.title", "compare", "nav.observe", "q", {},
    () => import("../features/compare/ComparePage")),
  page("scores", "scores.title", "scores", "nav.observe", "j", {}, () => import("../features/scores/ScoresPage")),
  page("sessions", "nav.sessions", "sessions", "nav.observe", "c", { service: true },
    () => import("../features/sessions/SessionsPage"), () => import("../features/sessions/SessionPage")),
  page("users", "nav.users", "users", "nav.observe", "u", { service: true },
    () => import("../features/sessions/UsersPage"), () => import("../features/sessions/UserPage")),
  page("logs", "nav.logs", "logs", "nav.observe", "l", { service: true, environment: true },
    () => import("../features/logs/LogsPage")),
  page("services", "nav.services", "services", "nav.observe", "v", {},
    () => import("../features/services/ServicesPage"), () => import("../features/services/ServicePage")),
  page("explore", "nav.metrics", "metrics", "nav.observe", "m", {},
    () => import("../features/metrics/MetricsPage")),
  page("gpus", "nav.gpus", "gpus", "nav.machines", "g", {},
    () => import("../features/gpus/GpusPage"), () => import("../features/gpus/GpuPage")),
  page("nodes", "nav.nodes", "nodes", "nav.machines", "n", {},
    () => import("../features/nodes/NodesPage"), () => import("../features/nodes/NodePage")),
  page("cluster", "nav.cluster", "cluster", "nav.machines", "k", {},
    () => import("../features/cluster/ClusterPage")),
  page("energy", "nav.energy", "energy", "nav.machines", "e", { service: true },
    () => import("../features/energy/EnergyPage")),
  page("events", "nav.events", "events", "nav.machines", "x", {},
    () => import("../features/events/EventsPage")),
  place("alerts", "a"),
  place("gateway", "w"),
  place("drift", "d"),
  place("memory", "r"),
  page("settings", "nav.settings", "settings", "nav.operate", "s", {},
    () => import("../features/settings/SettingsPage")),
];

/** The page of a path, and the object that it names; null where there is none. */
export function matchPage(path: string): { page: PageDefinition; id: string | null } | null {
  const [segment = "", ...rest] = path.split("/").filter((part) => part !== "");
  const found = PAGES.find((candidate) => candidate.segment === segment);
  if (found === undefined) return null;
  if (rest.length === 0) return { page: found, id: null };
  if (found.detail === undefined) return null;
  try {
    return { page: found, id: decodeURIComponent(rest.join("/")) };
  } catch {
    return null;
  }
}

export const pathOf = (page: PageDefinition): string => `/${page.segment}`;
