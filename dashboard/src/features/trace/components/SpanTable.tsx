import { memo, useMemo } from "react";
import type { GpuTrace } from "../../../generated/api";
import { count, duration, joules, MISSING } from "../../../shared/format/numbers";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import type { Tree } from "../../../shared/trace/tree";
import { VirtualRows } from "../../../shared/ui/VirtualRows";
import { groupSortOf, groupsOf, sortedGroups, type Group, type GroupOrder, type GroupSort } from "../model/groups";

interface Props {
  readonly tree: Tree;
  readonly slots: ReadonlyMap<string, number>;
  readonly gpus: GpuTrace | null;
  readonly selected: number | null;
  readonly find: string;
  readonly select: (index: number) => void;
}

const ROW_HEIGHT = 28;
/** Spans that are listed below an open group, the longest first; all are in the timeline. */
const MEMBERS_MAX = 100;

type Row = { readonly group: Group; readonly member: number | null };

/** The spans of a trace by service and name: how many, how long, how often they failed, what they took. */
export function SpanTable({ tree, slots, gpus, selected, find, select }: Props) {
  const t = useTranslate();
  const parameters = useParameters();
  const sort = groupSortOf(parameters.get("sort"));
  const groups = useMemo(() => groupsOf(tree, gpus?.spans ?? []), [tree, gpus]);
  const sorted = useMemo(() => matching(sortedGroups(groups, sort), find), [groups, sort.order, sort.isDown, find]);
  const named = tree.byID.get(parameters.get("group") ?? "");
  const opened = useMemo(
    () => (named === undefined ? undefined : groups.find((group) => group.members.includes(named))), [groups, named]);
  const rows = useMemo(() => sorted.flatMap((group): readonly Row[] => {
    const own = { group, member: null };
    return group !== opened ? [own]
      : [own, ...group.members.slice(0, MEMBERS_MAX).map((member) => ({ group, member }))];
  }), [sorted, opened]);
  const most = groups.reduce((time, group) => Math.max(time, group.selfTime), 1);
  return (
    <section className="panel list-panel" aria-label={t("trace.table")}>
      <VirtualRows
        count={rows.length} rowHeight={ROW_HEIGHT} label={t("trace.table")} className="group-list" role="treegrid"
        head={<Head sort={sort} />}
        row={(at) => {
          const row = rows[at];
          if (row === undefined) return null;
          if (row.member !== null) {
            return (
              <MemberRow
                key={`m${row.member}`} tree={tree} index={row.member} isSelected={row.member === selected}
                select={select}
              />
            );
          }
          return (
            <GroupRow
              key={`g${row.group.members[0]}`} tree={tree} group={row.group} slot={slots.get(row.group.service) ?? 1}
              share={row.group.selfTime / most} isOpen={row.group === opened}
            />
          );
        }}
      />
    </section>
  );
}

function matching(groups: readonly Group[], find: string): readonly Group[] {
  const wanted = find.trim().toLowerCase();
  return wanted === "" ? groups : groups.filter((group) =>
    group.name.toLowerCase().includes(wanted) || group.service.toLowerCase().includes(wanted));
}

const COLUMNS: readonly (readonly [GroupOrder, MessageKey])[] = [
  ["name", "common.name"], ["count", "common.spans"], ["self_time", "trace.selfTime"], ["total", "table.total"],
  ["mean", "metrics.mean"], ["p95", "table.p95"], ["errors", "common.errors"], ["tokens", "common.tokensInOut"],
  ["joules", "energy.energy"],
];

function Head({ sort }: { readonly sort: GroupSort }) {
  const t = useTranslate();
  return (
    <div className="rows-head group-grid" role="row" data-head>
      {COLUMNS.map(([order, title]) => {
        const isSorted = sort.order === order;
        const next = isSorted && sort.isDown ? order : `-${order}`;
        return (
          <span
            key={order} role="columnheader" className={order === "name" ? "" : "num"}
            aria-sort={isSorted ? (sort.isDown ? "descending" : "ascending") : "none"}
          >
            <button
              type="button" aria-label={t("traces.sort", { name: t(title) })}
              onClick={() => changeParameters({ sort: next === "-self_time" ? undefined : next }, { replace: true })}
            >
              {t(title)} <span aria-hidden="true">{isSorted ? (sort.isDown ? "↓" : "↑") : ""}</span>
            </button>
          </span>
        );
      })}
    </div>
  );
}

interface GroupRowProps {
  readonly tree: Tree;
  readonly group: Group;
  readonly slot: number;
  readonly share: number;
  readonly isOpen: boolean;
}

const GroupRow = memo(function GroupRow({ tree, group, slot, share, isOpen }: GroupRowProps) {
  const t = useTranslate();
  const toggle = () => changeParameters(
    { group: isOpen ? undefined : tree.nodes[group.members[0] ?? -1]?.span.span_id }, { replace: true });
  return (
    <div role="row" className="rows-row group-grid" aria-level={1} aria-expanded={isOpen} onClick={toggle}>
      <span role="gridcell" className="span-name" title={`${group.name}\n${group.service}`}>
        <button
          type="button" className="fold" aria-label={t(isOpen ? "table.hide" : "table.show", { name: group.name })}
          onClick={(event) => {
            event.stopPropagation();
            toggle();
          }}
        >
          <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span>
        </button>
        <span className="dot" style={{ background: `var(--c${slot})` }} />
        <span className="clip">{group.name}</span>
        <span className="faint clip service">{group.service}</span>
      </span>
      <span role="gridcell" className="num">{count(group.count)}</span>
      <span role="gridcell" className="duration-cell">
        <span className="duration-bar" style={{ width: `${Math.max(1, share * 100)}%` }} aria-hidden="true" />
        <span className="duration-text">{duration(group.selfTime)}</span>
      </span>
      <span role="gridcell" className="num">{duration(group.total)}</span>
      <span role="gridcell" className="num">{duration(group.mean)}</span>
      <span role="gridcell" className="num">{duration(group.p95)}</span>
      <span role="gridcell" className={group.errorCount > 0 ? "num error-text" : "num faint"}>
        {group.errorCount > 0 ? `⊗ ${count(group.errorCount)}` : "0"}
      </span>
      <span role="gridcell" className="num muted">
        {group.inputTokens === null && group.outputTokens === null ? MISSING
          : `${count(group.inputTokens)} / ${count(group.outputTokens)}`}
      </span>
      <span role="gridcell" className="num muted">{joules(group.joules)}</span>
    </div>
  );
});

interface MemberRowProps {
  readonly tree: Tree;
  readonly index: number;
  readonly isSelected: boolean;
  readonly select: (index: number) => void;
}

function MemberRow({ tree, index, isSelected, select }: MemberRowProps) {
  const t = useTranslate();
  const node = tree.nodes[index];
  if (node === undefined) return null;
  return (
    <div
      role="row" className="rows-row group-grid member" aria-level={2} aria-selected={isSelected}
      onClick={() => select(index)}
    >
      <span role="gridcell" className="span-name">
        <button type="button" className="link" onClick={() => select(index)}>
          +{duration(node.start)} <code>{node.span.span_id}</code>
        </button>
      </span>
      <span role="gridcell" />
      <span role="gridcell" className="num">{duration(node.selfTime)}</span>
      <span role="gridcell" className="num">{duration(node.duration)}</span>
      <span role="gridcell" />
      <span role="gridcell" />
      <span role="gridcell" className="num error-text">
        {node.isError && <>⊗<span className="sr"> {t("common.error")}</span></>}
      </span>
      <span role="gridcell" />
      <span role="gridcell" />
    </div>
  );
}
