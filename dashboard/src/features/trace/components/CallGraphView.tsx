import { useMemo } from "react";
import { count, duration } from "../../../shared/format/numbers";
import { middle } from "../../../shared/format/texts";
import { Arrow, ArrowHead } from "../../../shared/graph/Arrow";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import type { Tree } from "../../../shared/trace/tree";
import { StateMessage } from "../../../shared/ui/StateMessage";
import { callGraphOf, placed, type CallGraph, type Placed } from "../model/calls";

interface Props {
  readonly tree: Tree;
  readonly slots: ReadonlyMap<string, number>;
  readonly select: (index: number) => void;
}

const CARD = { width: 176, height: 52 };
const GAP = { x: 84, y: 22 };
const MARGIN = 20;
/** Beyond this a picture of boxes and arrows says nothing; the table has all. */
const PARTIES_MAX = 200;
const NAME_LENGTH_MAX = 22;
/** Rows of the table, the most time first. */
const CALLS_MAX = 500;

/** Who called whom in a trace: services, agents, tools and models, callers on the left; the same as a table below. */
export function CallGraphView({ tree, slots, select }: Props) {
  const t = useTranslate();
  const graph = useMemo(() => callGraphOf(tree), [tree]);
  const places = useMemo(() => (graph.parties.length > PARTIES_MAX ? null : placed(graph)), [graph]);
  return (
    <div className="call-graph" tabIndex={0}>
      <section className="panel" aria-label={t("trace.graph")}>
        {places === null
          ? <StateMessage title={t("graph.tooMany", { n: count(graph.parties.length), max: PARTIES_MAX })} />
          : <Picture graph={graph} places={places} tree={tree} slots={slots} select={select} />}
      </section>
      {graph.calls.length > 0 && <Calls graph={graph} select={select} />}
    </div>
  );
}

interface PictureProps extends Props {
  readonly graph: CallGraph;
  readonly places: readonly Placed[];
}

function Picture({ graph, places, tree, slots, select }: PictureProps) {
  const t = useTranslate();
  const columns = places.reduce((most, { column }) => Math.max(most, column + 1), 0);
  const rows = places.reduce((most, { row }) => Math.max(most, row + 1), 0);
  const inColumn = new Map<number, number>();
  for (const { column } of places) inColumn.set(column, (inColumn.get(column) ?? 0) + 1);
  const spots = new Map(places.map(({ party, column, row }) => [party.id, {
    x: MARGIN + column * (CARD.width + GAP.x),
    // Columns with fewer cards stand in the middle.
    y: MARGIN + (row + (rows - (inColumn.get(column) ?? 0)) / 2) * (CARD.height + GAP.y),
  }]));
  const width = 2 * MARGIN + columns * CARD.width + (columns - 1) * GAP.x;
  const height = 2 * MARGIN + rows * CARD.height + (rows - 1) * GAP.y;
  const longest = graph.calls.reduce((most, call) => Math.max(most, call.duration), 1);
  return (
    <div className="scroll-x graph-scroll" tabIndex={0} role="group" aria-label={t("trace.graph")}>
      <div className="graph-space" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          <ArrowHead />
          {graph.calls.map((call) => {
            const [from, to] = [spots.get(call.from), spots.get(call.to)];
            return from === undefined || to === undefined ? null : (
              <Arrow
                key={`${call.from} ${call.to}`} from={from} to={to} share={call.duration / longest} card={CARD}
                gap={GAP.x} isFailing={call.errorCount > 0}
                text={`${call.count > 1 ? `${count(call.count)} × ` : ""}${duration(call.duration / call.count)}`}
              />
            );
          })}
        </svg>
        {places.map(({ party }) => {
          const spot = spots.get(party.id);
          const service = tree.nodes[party.first]?.span.service_name ?? "";
          return (
            <button
              key={party.id} type="button" className="party" style={{ left: spot?.x, top: spot?.y, width: CARD.width }}
              title={party.name} onClick={() => select(party.first)}
            >
              <span className="party-name">
                <span className="dot" style={{ background: `var(--c${slots.get(service) ?? 1})` }} />
                <strong className="clip">{middle(party.name, NAME_LENGTH_MAX)}</strong>
              </span>
              <span className="faint">
                {t(`graph.${party.kind}` as MessageKey)} · {t("energy.spanCount", { n: count(party.count) })} ·{" "}
                {duration(party.selfTime)}
                {party.errorCount > 0 && <span className="error-text"> ⊗ {count(party.errorCount)}</span>}
              </span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

function Calls({ graph, select }: { readonly graph: CallGraph; readonly select: (index: number) => void }) {
  const t = useTranslate();
  const names = new Map(graph.parties.map((party) => [party.id, party]));
  const nameOf = (id: string) => {
    const party = names.get(id);
    return party === undefined ? id : (
      <>
        {party.name} <span className="faint">{t(`graph.${party.kind}` as MessageKey)}</span>
      </>
    );
  };
  const sorted = [...graph.calls].sort((one, other) => other.duration - one.duration).slice(0, CALLS_MAX);
  return (
    <section className="panel" aria-label={t("graph.calls")}>
      <div className="scroll-x">
        <table className="data">
          <thead>
            <tr>
              <th>{t("graph.from")}</th>
              <th className="wide">{t("graph.to")}</th>
              <th className="num">{t("common.calls")}</th>
              <th className="num">{t("common.errors")}</th>
              <th className="num">{t("table.total")}</th>
              <th className="num">{t("metrics.mean")}</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((call) => (
              <tr key={`${call.from} ${call.to}`}>
                <td>{nameOf(call.from)}</td>
                <td className="wide">
                  <button type="button" className="link" onClick={() => select(call.first)}>{nameOf(call.to)}</button>
                </td>
                <td className="num">{count(call.count)}</td>
                <td className={call.errorCount > 0 ? "num error-text" : "num faint"}>{count(call.errorCount)}</td>
                <td className="num">{duration(call.duration)}</td>
                <td className="num">{duration(call.duration / call.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
