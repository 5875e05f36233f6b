import { useMemo } from "react";
import { parseServiceGraphResponse, type ServiceGraph, type ServiceGraphNode } from "../../../generated/api";
import { count, duration, percent, rate } from "../../../shared/format/numbers";
import { middle } from "../../../shared/format/texts";
import { Arrow, ArrowHead } from "../../../shared/graph/Arrow";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { useRange, useRefresh } from "../../../shared/time/useRange";
import { Panel } from "../../../shared/ui/Panel";
import { QueryView } from "../../../shared/ui/QueryView";
import { StateMessage } from "../../../shared/ui/StateMessage";
import { CARD, GAP, mapOf, rateOf } from "../map";

/** Beyond this a picture of cards and arrows says nothing; the list has all. */
const NODES_MAX = 200;
const NAME_LENGTH_MAX = 24;
/** Rows of the list, the most calls first. */
const CALLS_MAX = 500;
/** A graph is computed from many spans, so a live page does not ask for it with every look. */
const REFRESH_MS_MIN = 10_000;

/** Services and what they call, as a picture and as a list. */
export function ServiceMap() {
  const t = useTranslate();
  const range = useRange();
  const refresh = useRefresh();
  const query = useQuery(
    apiURL("/services/graph", { start: range.start, end: range.end === "now" ? undefined : range.end }),
    parseServiceGraphResponse, { refreshMs: refresh === null ? null : Math.max(refresh, REFRESH_MS_MIN) });
  return (
    <QueryView query={query} isEmpty={({ data }) => data.nodes.length === 0}>
      {({ data }) => (
        <>
          <Panel
            title={t("map.title")} isFlush
            actions={data.sample_divisor > 1 && (
              <span className="badge warn">▲ {t("map.sampled", { divisor: count(data.sample_divisor) })}</span>
            )}
          >
            {data.nodes.length > NODES_MAX
              ? <StateMessage title={t("map.tooMany", { n: count(data.nodes.length), max: NODES_MAX })} />
              : <Picture graph={data} />}
          </Panel>
          {data.edges.length > 0 && <Calls graph={data} />}
        </>
      )}
    </QueryView>
  );
}

function Picture({ graph }: { readonly graph: ServiceGraph }) {
  const t = useTranslate();
  const map = useMemo(() => mapOf(graph), [graph]);
  const most = map.arrows.reduce((max, { edge }) => Math.max(max, edge.call_count), 1);
  return (
    <div className="scroll-x graph-scroll" tabIndex={0} role="group" aria-label={t("map.title")}>
      <div className="graph-space" style={{ width: map.width, height: map.height }}>
        <svg width={map.width} height={map.height} aria-hidden="true">
          <ArrowHead />
          {map.arrows.map(({ from, to, edge }) => (
            <Arrow
              key={`${from.id} ${to.id}`} from={from} to={to} card={CARD} gap={GAP.x}
              share={Math.sqrt(edge.call_count / most)} isFailing={edge.error_count > 0}
              text={`${count(edge.call_count)} ×${edge.error_count === 0 ? ""
                : ` ⊗ ${percent(edge.error_count / edge.call_count)}`}`}
            />
          ))}
        </svg>
        {map.spots.map(({ id, node, x, y }) => {
          const place = { left: x, top: y, width: CARD.width, height: CARD.height };
          return node.kind === "service" ? (
            <Link
              key={id} className="party" style={place} title={node.name}
              to={hrefOf(`/services/${encodeURIComponent(node.name)}`, { service: undefined })}
            >
              <Card node={node} graph={graph} />
            </Link>
          ) : (
            <div key={id} className="party callee" style={place} title={node.name}>
              <Card node={node} graph={graph} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Card({ node, graph }: { readonly node: ServiceGraphNode; readonly graph: ServiceGraph }) {
  const t = useTranslate();
  const { span_count: spans, error_count: errors } = node;
  return (
    <>
      <span className="party-name">
        <strong className="clip">{middle(node.name, NAME_LENGTH_MAX)}</strong>
      </span>
      {spans === null ? <span className="faint">{t(`map.${node.kind}` as MessageKey)}</span> : (
        <span className="faint">
          {rate(rateOf(spans, graph))}/s · p95 {duration(node.p95_ns)}
          {errors !== null && errors > 0 && <span className="error-text"> ⊗ {percent(errors / spans)}</span>}
        </span>
      )}
    </>
  );
}

/** The picture as a list; its names lead to the services. */
function Calls({ graph }: { readonly graph: ServiceGraph }) {
  const t = useTranslate();
  const sorted = [...graph.edges].sort((one, other) => other.call_count - one.call_count).slice(0, CALLS_MAX);
  const link = (name: string) => (
    <Link to={hrefOf(`/services/${encodeURIComponent(name)}`, { service: undefined })}>{name}</Link>
  );
  return (
    <Panel title={t("graph.calls")} isFlush>
      <div className="scroll-x">
        <table className="data">
          <thead>
            <tr>
              <th>{t("graph.from")}</th>
              <th className="wide">{t("graph.to")}</th>
              <th className="num">{t("common.calls")}</th>
              <th className="num">{t("common.errors")}</th>
              <th className="num">p50</th>
              <th className="num">p95</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((edge) => (
              <tr key={`${edge.source} ${edge.target_kind} ${edge.target}`}>
                <td>{link(edge.source)}</td>
                <td className="wide">
                  {edge.target_kind === "service" ? link(edge.target) : (
                    <>
                      {edge.target} <span className="faint">{t(`map.${edge.target_kind}` as MessageKey)}</span>
                    </>
                  )}
                </td>
                <td className="num">{count(edge.call_count)}</td>
                <td className={edge.error_count > 0 ? "num error-text" : "num faint"}>{count(edge.error_count)}</td>
                <td className="num">{duration(edge.p50_ns)}</td>
                <td className="num">{duration(edge.p95_ns)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
