import { memo } from "react";
import type { LogRecord } from "../../../generated/api";
import { fullTime, msOfNanoseconds, timeOfDay } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import type { Pages } from "../../../shared/query/usePages";
import { VirtualRows } from "../../../shared/ui/VirtualRows";
import { bodyOf, severityOf } from "../model";
import { SeverityMark } from "./SeverityMark";

interface Props {
  readonly records: readonly LogRecord[];
  readonly pages: Pages<LogRecord>;
  readonly selected: number | null;
  readonly select: (index: number | null) => void;
}

const ROW_HEIGHT = 24;

export function LogRows({ records, pages, selected, select }: Props) {
  const t = useTranslate();
  return (
    <VirtualRows
      count={records.length} rowHeight={ROW_HEIGHT} label={t("logs.title")} current={selected} className="log-list"
      onNearEnd={pages.loadMore}
      head={
        <div className="rows-head log-grid" role="row" data-head>
          <span role="columnheader">{t("common.time")}</span>
          <span role="columnheader">{t("logs.severity")}</span>
          <span role="columnheader">{t("common.service")}</span>
          <span role="columnheader">{t("logs.body")}</span>
        </div>
      }
      row={(index) => {
        const record = records[index];
        return record === undefined ? null : (
          <Row key={index} record={record} index={index} isSelected={index === selected} select={select} />
        );
      }}
      foot={
        <div className="rows-foot faint" role="status">
          {pages.hasMore ? (pages.isLoading ? t("traces.loadMore") : "") : t("traces.end")}
        </div>
      }
    />
  );
}

interface RowProps {
  readonly record: LogRecord;
  readonly index: number;
  readonly isSelected: boolean;
  readonly select: (index: number | null) => void;
}

const Row = memo(function Row({ record, index, isSelected, select }: RowProps) {
  const time = msOfNanoseconds(record.time_unix_nano);
  return (
    <div
      role="row" aria-rowindex={index + 1} aria-selected={isSelected} className="rows-row log-grid"
      onClick={() => select(index)}
    >
      <span role="gridcell" className="muted" title={fullTime(time)}>
        {timeOfDay(time, Date.now())}
      </span>
      <span role="gridcell">
        <SeverityMark severity={severityOf(record.severity_number)} text={record.severity_text} />
      </span>
      <span role="gridcell" className="clip muted">
        {record.service_name}
      </span>
      <span role="gridcell" className="clip mono">
        {bodyOf(record)}
      </span>
    </div>
  );
});
