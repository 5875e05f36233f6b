import { parseNodeList, type Node } from "../../generated/api";
import { NodeMark } from "../../shared/fleet/NodeMark";
import { ago } from "../../shared/format/times";
import type { MessageKey } from "../../shared/i18n/catalogue";
import { language, useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { usePages } from "../../shared/query/usePages";
import { hrefOf } from "../../shared/router/location";
import { Link } from "../../shared/router/Link";
import { useStore } from "../../shared/store";
import { useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { Failure } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { Comparison } from "./components/Comparison";

const LIST = apiURL("/nodes", { limit: 100 });
const idOf = (node: Node) => node.name;
const REFRESH_MS = 10_000;

/** Machines that report, and when they were heard of. */
export default function NodesPage() {
  const t = useTranslate();
  const refreshMs = useRefresh() ?? REFRESH_MS;
  const pages = usePages(LIST, parseNodeList, { idOf, refreshMs: null, reloadMs: refreshMs });
  return (
    <Page title={t("nodes.title")}>
      {pages.items === null && pages.error !== null && <Failure error={pages.error} retry={pages.reload} />}
      {pages.items === null && pages.error === null && <div className="state" aria-busy="true" />}
      {pages.items !== null && pages.items.length === 0 && (
        <StateMessage mark="◌" title={t("nodes.none")} detail={t("nodes.noneDetail")} />
      )}
      {pages.items !== null && pages.items.length > 0 && <NodeTable nodes={pages.items} />}
      {pages.items !== null && pages.items.length > 1 && <Comparison names={pages.items.map(idOf)} />}
      {pages.hasMore && (
        <button type="button" className="button" onClick={pages.loadMore}>
          {t("common.more")}
        </button>
      )}
    </Page>
  );
}

function NodeTable({ nodes }: { readonly nodes: readonly Node[] }) {
  const t = useTranslate();
  const code = useStore(language);
  const columns: readonly MessageKey[] = [
    "nodes.state", "nodes.gpus", "nodes.drivers", "nodes.version", "nodes.lastSeen",
  ];
  return (
    <Panel title={t("nodes.title")} isFlush>
      <div className="scroll-x">
        <table className="data">
          <thead>
            <tr>
              <th className="wide">{t("common.name")}</th>
              {columns.map((key) => (
                <th key={key}>{t(key)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <tr key={node.name}>
                <td className="wide">
                  <Link to={hrefOf(`/nodes/${encodeURIComponent(node.name)}`)}>{node.name}</Link>{" "}
                  {Object.entries(node.labels).map(([key, value]) => (
                    <span key={key} className="badge">
                      {key}={value}
                    </span>
                  ))}
                </td>
                <td>
                  <NodeMark state={node.state} />
                </td>
                <td className={node.gpus_up < node.gpu_count ? "error-text" : ""}>
                  {node.gpu_count === 0 ? "–" : `${node.gpus_up} / ${node.gpu_count}`}
                </td>
                <td className="muted">
                  {node.drivers.map(driverText).join(", ")}
                </td>
                <td className="muted">{node.version}</td>
                <td className="muted">{ago(Date.parse(node.last_seen_at), Date.now(), code)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function driverText({ vendor, unavailable }: Node["drivers"][number]): string {
  return unavailable === undefined ? vendor : `${vendor}: ${unavailable}`;
}
