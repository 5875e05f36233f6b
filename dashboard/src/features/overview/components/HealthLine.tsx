import { change, milliseconds, percent } from "../../../shared/format/numbers";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate, type Translate } from "../../../shared/i18n/language";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { healthOf, type Issue } from "../health";
import type { OverviewQueries } from "../useOverview";

/** Issues that are named in the line; the others are counted. */
const NAMED_MAX = 3;

/** The state of everything in one sentence. */
export function HealthLine({ queries }: { readonly queries: OverviewQueries }) {
  const t = useTranslate();
  const { services, before, gpus, nodes } = queries;
  if (services.data === null) return null;
  const health = healthOf(
    services.data.data.groups, before.data?.data.groups ?? null, gpus.data?.data ?? [], nodes.data?.data ?? []);
  const rest = health.issues.length - NAMED_MAX;
  return (
    <p className={`health ${health.state}`} role="status">
      <span className="health-mark" aria-hidden="true">
        {health.state === "healthy" ? "●" : health.state === "idle" ? "◌" : "▲"}
      </span>
      <strong>{t(titleOf(health.state))}</strong>
      {health.issues.slice(0, NAMED_MAX).map((issue) => (
        <Link key={issue.kind + issue.name} to={hrefOfIssue(issue)} className="badge warn">
          {textOf(issue, t)}
        </Link>
      ))}
      {rest > 0 && <span className="muted">{t("overview.moreIssues", { n: rest })}</span>}
    </p>
  );
}

function titleOf(state: "healthy" | "trouble" | "idle"): MessageKey {
  return state === "healthy" ? "overview.healthy" : state === "idle" ? "overview.idle" : "overview.trouble";
}

function textOf(issue: Issue, t: Translate): string {
  switch (issue.kind) {
    case "errorRate":
      return t("overview.issue.errorRate", { name: issue.name, value: percent(issue.rate) });
    case "latency":
      return t("overview.issue.latency", {
        name: issue.name, value: milliseconds(issue.p95), change: change(issue.change),
      });
    case "gpu":
      return t("overview.issue.gpu", {
        name: issue.name, condition: t(`gpus.condition.${issue.condition}` as MessageKey),
      });
    case "node":
      return t("overview.issue.node", { name: issue.name });
  }
}

function hrefOfIssue(issue: Issue): string {
  switch (issue.kind) {
    case "errorRate": return hrefOf("/traces", { service: issue.name, status: "error" });
    case "latency": return hrefOf("/traces", { service: issue.name, sort: "-duration" });
    case "gpu": return hrefOf(`/gpus/${encodeURIComponent(issue.id)}`);
    case "node": return hrefOf(`/nodes/${encodeURIComponent(issue.name)}`);
  }
}
