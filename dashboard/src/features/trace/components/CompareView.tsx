import { useMemo } from "react";
import { change, count, duration, MISSING, toNumber } from "../../../shared/format/numbers";
import { shortID } from "../../../shared/format/texts";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters, hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { useParameters } from "../../../shared/router/useParameters";
import type { Tree } from "../../../shared/trace/tree";
import { QueryView } from "../../../shared/ui/QueryView";
import { StateMessage } from "../../../shared/ui/StateMessage";
import { VirtualRows } from "../../../shared/ui/VirtualRows";
import { differenceOf, largestChange, pairsOf, withoutSame, type Pair } from "../model/compare";
import type { Path } from "../model/paths";
import type { OpenTrace, TraceFacts } from "../model/skeleton";
import { useTrace } from "../useTrace";

interface Props {
  readonly trace: TraceFacts;
  readonly tree: Tree;
  readonly other: string;
}

const ROW_HEIGHT = 28;
const INDENT = 14;
const INDENT_DEPTH_MAX = 14;

/** Two traces by the paths of their names: what took longer, what ran more often, what only one has. */
export function CompareView({ trace, tree, other }: Props) {
  const query = useTrace(other, null);
  return (
    <QueryView query={query}>
      {(opened) => <Comparison a={trace} treeA={tree} opened={opened} />}
    </QueryView>
  );
}

interface ComparisonProps {
  readonly a: TraceFacts;
  readonly treeA: Tree;
  readonly opened: OpenTrace;
}

function Comparison({ a, treeA, opened: { facts: b, tree: treeB } }: ComparisonProps) {
  const t = useTranslate();
  const pairs = useMemo(() => pairsOf(treeA, treeB), [treeA, treeB]);
  const isReduced = useParameters().get("differences") === "1";
  const shown = useMemo(() => (isReduced ? withoutSame(pairs) : pairs), [pairs, isReduced]);
  const largest = useMemo(() => largestChange(pairs), [pairs]);
  const counts = useMemo(() => countsOf(pairs), [pairs]);
  return (
    <section className="panel list-panel" aria-label={t("compare.title")}>
      <div className="compare-head">
        <Side letter="A" trace={a} />
        <Side letter="B" trace={b} />
        <p className="muted" role="status">
          {t("compare.summary", { changed: counts.changed, onlyA: counts["only-a"], onlyB: counts["only-b"] })}
        </p>
        <button
          type="button" className="button" aria-pressed={isReduced}
          onClick={() => changeParameters({ differences: isReduced ? undefined : "1" }, { replace: true })}
        >
          {t("compare.differences")}
        </button>
        <Link
          className="button"
          to={hrefOf(`/traces/${b.trace_id}`, { vs: a.trace_id, differences: isReduced ? "1" : undefined })}
        >
          {t("compare.swap")}
        </Link>
      </div>
      {shown.length === 0 ? <StateMessage mark="●" title={t("compare.same")} /> : (
        <VirtualRows
          count={shown.length} rowHeight={ROW_HEIGHT} label={t("compare.title")} className="compare-list"
          role="treegrid" head={<Head />}
          row={(at) => {
            const pair = shown[at];
            return pair === undefined ? null : (
              <PairRow
                key={at} pair={pair} largest={largest} hrefA={hrefTo(a, treeA, pair.a)} hrefB={hrefTo(b, treeB, pair.b)}
              />
            );
          }}
        />
      )}
    </section>
  );
}

function countsOf(pairs: readonly Pair[]): Readonly<Record<ReturnType<typeof differenceOf>, number>> {
  const counts = { "only-a": 0, "only-b": 0, changed: 0, same: 0 };
  for (const pair of pairs) counts[differenceOf(pair)]++;
  return counts;
}

/** Where the longest span of a path is shown. */
function hrefTo(trace: TraceFacts, tree: Tree, path: Path | null): string | null {
  const node = path === null ? undefined : tree.nodes[path.longest];
  return node === undefined ? null : hrefOf(`/traces/${trace.trace_id}`, { span: node.span.span_id });
}

function Side({ letter, trace }: { readonly letter: string; readonly trace: TraceFacts }) {
  const t = useTranslate();
  return (
    <p className="compare-side">
      <span className="badge">{letter}</span>
      <Link to={hrefOf(`/traces/${trace.trace_id}`)} className="clip" title={trace.root_name ?? undefined}>
        {trace.root_name ?? t("traces.noRoot")}
      </Link>
      <code className="faint">{shortID(trace.trace_id)}</code>
      <strong>{duration(toNumber(trace.duration_ns))}</strong>
      <span className="muted">{t("energy.spanCount", { n: count(trace.span_count) })}</span>
      {trace.error_count > 0 && <span className="badge error">⊗ {count(trace.error_count)}</span>}
    </p>
  );
}

function Head() {
  const t = useTranslate();
  return (
    <div className="rows-head compare-grid" role="row" data-head>
      <span role="columnheader">{t("common.name")}</span>
      <span role="columnheader" className="num">{t("common.duration")} A</span>
      <span role="columnheader" className="num">B</span>
      <span role="columnheader">{t("compare.change")}</span>
      <span role="columnheader" className="num">{t("common.spans")} A / B</span>
      <span role="columnheader" className="num">{t("common.errors")} A / B</span>
    </div>
  );
}

const MARKS = { "only-a": "−", "only-b": "+", changed: "≠", same: "" } as const;

interface PairRowProps {
  readonly pair: Pair;
  readonly largest: number;
  readonly hrefA: string | null;
  readonly hrefB: string | null;
}

function PairRow({ pair, largest, hrefA, hrefB }: PairRowProps) {
  const t = useTranslate();
  const { a, b } = pair;
  const difference = differenceOf(pair);
  const delta = (b?.duration ?? 0) - (a?.duration ?? 0);
  const share = largest === 0 ? 0 : Math.abs(delta) / largest;
  const indent = Math.min(pair.depth, INDENT_DEPTH_MAX) * INDENT + 12;
  const hasErrors = (a?.errorCount ?? 0) + (b?.errorCount ?? 0) > 0;
  const value = (path: Path | null, href: string | null) =>
    path === null || href === null ? <span className="faint">{MISSING}</span>
      : <Link to={href}>{duration(path.duration)}</Link>;
  return (
    <div role="row" className={`rows-row compare-grid ${difference}`} aria-level={pair.depth + 1}>
      <span
        role="gridcell" className="span-name" style={{ paddingLeft: indent }} title={`${pair.name}\n${pair.service}`}
      >
        <span className="compare-mark" aria-hidden="true">{MARKS[difference]}</span>
        {difference !== "same" && <span className="sr">{t(`compare.${difference}` as MessageKey)}</span>}
        <span className="clip">{pair.name}</span>
        <span className="faint clip service">{pair.service}</span>
      </span>
      <span role="gridcell" className="num">{value(a, hrefA)}</span>
      <span role="gridcell" className="num">{value(b, hrefB)}</span>
      <span role="gridcell" className="compare-change">
        <span className="compare-bar" aria-hidden="true">
          <span
            className={delta < 0 ? "less" : "more"}
            style={delta < 0 ? { right: "50%", width: `${share * 50}%` } : { left: "50%", width: `${share * 50}%` }}
          />
        </span>
        <span className="num">
          {a === null || b === null ? t(`compare.${difference}` as MessageKey)
            : `${delta > 0 ? "+" : ""}${duration(delta)} ${a.duration > 0 ? change(delta / a.duration) : ""}`}
        </span>
      </span>
      <span role="gridcell" className={a?.count === b?.count ? "num faint" : "num"}>
        {count(a?.count ?? 0)} / {count(b?.count ?? 0)}
      </span>
      <span role="gridcell" className={hasErrors ? "num error-text" : "num faint"}>
        {count(a?.errorCount ?? 0)} / {count(b?.errorCount ?? 0)}
      </span>
    </div>
  );
}
