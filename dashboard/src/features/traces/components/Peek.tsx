import { useMemo } from "react";
import { parseSpanList, type Span, type TraceSummary } from "../../../generated/api";
import { count, duration, toNumber } from "../../../shared/format/numbers";
import { shortID } from "../../../shared/format/texts";
import { fullTime, msOfNanoseconds } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { slotsOf } from "../../../shared/plot/colours";
import { apiURL, RequestFailure } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { Attributes, Section } from "../../../shared/trace/Attributes";
import { treeOf, type Node, type Tree } from "../../../shared/trace/tree";
import { CopyButton } from "../../../shared/ui/CopyButton";
import { Icon } from "../../../shared/ui/Icon";
import { QueryView } from "../../../shared/ui/QueryView";
import { StateMessage } from "../../../shared/ui/StateMessage";

interface Props {
  readonly id: string;
  /** What the list says of it; null where the list does not have it. */
  readonly summary: TraceSummary | null;
  /** Goes to the trace before or after in the list; null where there is none. */
  readonly previous: (() => void) | null;
  readonly next: (() => void) | null;
  readonly close: () => void;
}

/** Spans that are asked for, in the order of their start: enough to see what a trace is about. */
const SPANS_MAX = 200;
const SHOWN_MAX = 24;
const INDENT = 10;
const INDENT_DEPTH_MAX = 8;

/** A trace beside the list: its numbers, its first spans, and what its root says. */
export function Peek({ id, summary, previous, next, close }: Props) {
  const t = useTranslate();
  const query = useQuery(apiURL(`/traces/${encodeURIComponent(id)}/spans`, { limit: SPANS_MAX }), parseSpanList);
  const isMissing = query.error instanceof RequestFailure && [400, 404].includes(query.error.status);
  const title = summary?.root_name ?? query.data?.data.find((span) => span.parent_span_id === null)?.name;
  return (
    <aside className="panel span-panel" aria-label={t("peek.title")}>
      <header>
        <h2 className="clip" title={title}>{title ?? shortID(id)}</h2>
        <button
          type="button" className="button plain icon" aria-label={t("peek.previous")} disabled={previous === null}
          onClick={() => previous?.()}
        >
          <Icon name="up" />
        </button>
        <button
          type="button" className="button plain icon" aria-label={t("peek.next")} disabled={next === null}
          onClick={() => next?.()}
        >
          <Icon name="down" />
        </button>
        <Link className="button" to={hrefOf(`/traces/${id}`)}>{t("keys.open")}</Link>
        <button type="button" className="button plain icon" aria-label={t("common.close")} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div className="span-panel-body" tabIndex={0}>
        {summary !== null && <Facts summary={summary} />}
        {isMissing ? <StateMessage mark="◌" title={t("trace.missing")} detail={t("trace.missingDetail")} /> : (
          <QueryView query={query} isEmpty={({ data }) => data.length === 0}>
            {({ data }) => <Spans spans={data} total={summary?.span_count ?? data.length} id={id} />}
          </QueryView>
        )}
      </div>
    </aside>
  );
}

function Facts({ summary }: { readonly summary: TraceSummary }) {
  const t = useTranslate();
  const tokens = toNumber(summary.input_tokens) + toNumber(summary.output_tokens);
  const rows: readonly (readonly [string, string])[] = [
    [t("common.duration"), duration(toNumber(summary.duration_ns))],
    [t("trace.start"), fullTime(msOfNanoseconds(summary.start_time_unix_nano))],
    [t("common.spans"), count(summary.span_count)],
    [t("traces.services"), summary.services.map((service) => service.name).join(", ")],
    ...(summary.models.length === 0 ? [] : [[t("common.model"), summary.models.join(", ")] as const]),
    ...(tokens === 0 ? [] : [[
      t("common.tokensInOut"), `${count(toNumber(summary.input_tokens))} / ${count(toNumber(summary.output_tokens))}`,
    ] as const]),
  ];
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>{t("trace.title")}</dt>
        <dd>
          <code>{shortID(summary.trace_id)}</code> <CopyButton text={summary.trace_id} />
        </dd>
      </div>
    </dl>
  );
}

interface SpansProps {
  readonly spans: readonly Span[];
  readonly total: number;
  readonly id: string;
}

function Spans({ spans, total, id }: SpansProps) {
  const t = useTranslate();
  const tree = useMemo(() => treeOf(spans), [spans]);
  const slots = useMemo(() => slotsOf(tree.services), [tree]);
  const error = tree.nodes.reduce<Node | null>(
    (deepest, node) => (node.isError && (deepest === null || node.depth > deepest.depth) ? node : deepest), null);
  const shown = tree.nodes.slice(0, SHOWN_MAX);
  const root = tree.nodes[0]?.whole ?? undefined;
  return (
    <>
      {error !== null && (
        <p className="span-error" role="note">
          ⊗ <Link to={hrefOf(`/traces/${id}`, { span: error.span.span_id })}>{error.span.name}</Link>{" "}
          {error.span.status.message}
        </p>
      )}
      <Section title={t("peek.spans")}>
        <ul className="peek-spans">
          {shown.map((node) => (
            <PeekSpan key={node.index} node={node} tree={tree} id={id} slot={slots.get(node.span.service_name) ?? 1} />
          ))}
        </ul>
        {total > shown.length && <p className="faint">{t("peek.more", { n: count(total - shown.length) })}</p>}
      </Section>
      {root !== undefined && (
        <>
          <Attributes title={`${t("traces.root")}: ${t("trace.attributes")}`} values={root.attributes} prefix="attr." />
          <Attributes title={t("trace.resource")} values={root.resource} prefix="resource." />
        </>
      )}
    </>
  );
}

interface PeekSpanProps {
  readonly node: Node;
  readonly tree: Tree;
  readonly id: string;
  readonly slot: number;
}

function PeekSpan({ node, tree, id, slot }: PeekSpanProps) {
  const percentOf = (time: number) => `${Math.min(100, (time / tree.duration) * 100)}%`;
  return (
    <li>
      <Link
        className="clip" to={hrefOf(`/traces/${id}`, { span: node.span.span_id })}
        style={{ paddingLeft: Math.min(node.depth, INDENT_DEPTH_MAX) * INDENT }}
        title={`${node.span.name}\n${node.span.service_name}`}
      >
        {node.isError && <span className="error-text">⊗ </span>}
        {node.span.name}
      </Link>
      <span className="peek-track" aria-hidden="true">
        <span style={{
          left: percentOf(node.start), width: percentOf(node.duration), background: `var(--c${slot})`,
        }} />
      </span>
      <span className="num muted">{duration(node.duration)}</span>
    </li>
  );
}
