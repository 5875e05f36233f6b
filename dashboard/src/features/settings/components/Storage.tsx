import { parseStoredTableList, type StoredTableList } from "../../../generated/api";
import { bytes, count, period, toNumber } from "../../../shared/format/numbers";
import { fullTime } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { Panel } from "../../../shared/ui/Panel";
import { QueryView } from "../../../shared/ui/QueryView";

type Table = StoredTableList["data"][number];

/** What is kept, how much room it takes, and until when. */
export function Storage() {
  const t = useTranslate();
  const query = useQuery(apiURL("/storage"), parseStoredTableList);
  return (
    <Panel title={t("settings.storage")} isFlush>
      <QueryView query={query}>
        {({ data }) => (
          <div className="scroll-x">
            <table className="data">
              <thead>
                <tr>
                  <th className="wide">{t("settings.table")}</th>
                  <th className="num">{t("settings.rows")}</th>
                  <th className="num">{t("settings.size")}</th>
                  <th className="num">{t("settings.perRow")}</th>
                  <th>{t("settings.oldest")}</th>
                  <th>{t("settings.kept")}</th>
                  <th>{t("settings.nextDeletion")}</th>
                </tr>
              </thead>
              <tbody>
                {[...data].sort((one, other) => toNumber(other.bytes) - toNumber(one.bytes)).map((table) => (
                  <Row key={table.table} table={table} />
                ))}
              </tbody>
              <tfoot>
                <tr>
                  <th scope="row">{t("settings.total")}</th>
                  <td className="num">{count(data.reduce((sum, table) => sum + toNumber(table.rows), 0))}</td>
                  <td className="num">{bytes(data.reduce((sum, table) => sum + toNumber(table.bytes), 0))}</td>
                  <td colSpan={4} />
                </tr>
              </tfoot>
            </table>
          </div>
        )}
      </QueryView>
    </Panel>
  );
}

function Row({ table }: { readonly table: Table }) {
  const t = useTranslate();
  const seconds = table.retention_seconds;
  return (
    <tr>
      <td className="wide">{table.table}</td>
      <td className="num">{count(toNumber(table.rows))}</td>
      <td className="num">{bytes(toNumber(table.bytes))}</td>
      <td className="num">{bytes(table.bytes_per_row)}</td>
      <td className="muted">{table.oldest_day ?? "–"}</td>
      <td>{seconds === null ? t("settings.forEver") : period(toNumber(seconds))}</td>
      <td className="muted">
        {table.next_deletion_at === null ? "–" : fullTime(Date.parse(table.next_deletion_at)).slice(0, -4)}
      </td>
    </tr>
  );
}
