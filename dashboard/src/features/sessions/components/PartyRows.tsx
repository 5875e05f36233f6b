import { count, duration, MISSING } from "../../../shared/format/numbers";
import { fullTime, timeOfDay } from "../../../shared/format/times";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters, hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { VirtualRows } from "../../../shared/ui/VirtualRows";
import type { Party, PartyOrder } from "../model";

interface Props {
  readonly list: "sessions" | "users";
  readonly parties: readonly Party[];
  readonly order: PartyOrder;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
}

const ROW_HEIGHT = 28;
const COLUMNS: readonly (readonly [MessageKey, string | null, string])[] = [
  ["sessions.last", "last_time", ""], ["common.name", null, ""], ["nav.traces", "trace_count", "num"],
  ["common.calls", null, "num"], ["common.errors", null, "num"], ["common.tokensInOut", null, "num"],
  ["sessions.lasted", null, "num"],
];

/** Sessions or users, each leading to its page. */
export function PartyRows({ list, parties, order, hasMore, loadMore }: Props) {
  const t = useTranslate();
  return (
    <VirtualRows
      count={parties.length} rowHeight={ROW_HEIGHT} label={t(`nav.${list}`)} className="party-list" onNearEnd={loadMore}
      head={<Head order={order} />}
      row={(index) => {
        const party = parties[index];
        return party === undefined ? null : <Row key={party.id} list={list} party={party} index={index} />;
      }}
      foot={<div className="rows-foot faint" role="status">{t(hasMore ? "traces.loadMore" : "traces.end")}</div>}
    />
  );
}

function Head({ order }: { readonly order: PartyOrder }) {
  const t = useTranslate();
  return (
    <div className="rows-head party-grid" role="row" data-head>
      {COLUMNS.map(([title, field, className]) => {
        if (field === null) return <span key={title} role="columnheader" className={className}>{t(title)}</span>;
        const isDown = order === `-${field}`;
        const isSorted = isDown || order === field;
        return (
          <span
            key={title} role="columnheader" className={className}
            aria-sort={isSorted ? (isDown ? "descending" : "ascending") : "none"}
          >
            <button
              type="button" aria-label={t("traces.sort", { name: t(title) })}
              onClick={() => changeParameters({ sort: isDown ? field : `-${field}` })}
            >
              {t(title)} <span aria-hidden="true">{isSorted ? (isDown ? "↓" : "↑") : ""}</span>
            </button>
          </span>
        );
      })}
    </div>
  );
}

interface RowProps {
  readonly list: "sessions" | "users";
  readonly party: Party;
  readonly index: number;
}

function Row({ list, party, index }: RowProps) {
  return (
    <div role="row" aria-rowindex={index + 1} className="rows-row party-grid">
      <span role="gridcell" className="muted" title={fullTime(party.last)}>
        {timeOfDay(party.last, Date.now(), false)}
      </span>
      <span role="gridcell" className="clip">
        <Link to={hrefOf(`/${list}/${encodeURIComponent(party.id)}`)} title={party.id}>{party.id}</Link>
      </span>
      <span role="gridcell" className="num">{count(party.traceCount)}</span>
      <span role="gridcell" className="num">{count(party.callCount)}</span>
      <span role="gridcell" className={party.errorCount > 0 ? "num error-text" : "num faint"}>
        {party.errorCount > 0 ? `⊗ ${count(party.errorCount)}` : "0"}
      </span>
      <span role="gridcell" className="num muted">
        {party.inputTokens + party.outputTokens === 0 ? MISSING
          : `${count(party.inputTokens)} / ${count(party.outputTokens)}`}
      </span>
      <span role="gridcell" className="num muted">{duration((party.last - party.first) * 1e6)}</span>
    </div>
  );
}
