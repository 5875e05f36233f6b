import type { FleetEvent } from "../../generated/api";
import { timeOfDay } from "../format/times";
import { useTranslate } from "../i18n/language";
import { hrefOf } from "../router/location";
import { Link } from "../router/Link";

interface Props {
  readonly events: readonly FleetEvent[];
  /** Whether each row says what it is about; its page has no need to. */
  readonly hasObjects: boolean;
}

const FAULTS = new Set(["xid", "gpu_lost", "gpu_wedged", "gpu_unavailable", "ecc_uncorrected", "node_offline"]);
const GOOD = new Set(["gpu_up", "node_up", "node_new"]);

/** What happened, one row each; a kind leads to all of its kind. */
export function EventRows({ events, hasObjects }: Props) {
  const t = useTranslate();
  return (
    <table className="data">
      <thead>
        <tr>
          <th>{t("common.time")}</th>
          <th>{t("events.kind")}</th>
          {hasObjects && <th>{t("common.node")}</th>}
          {hasObjects && <th>{t("trace.gpu")}</th>}
          <th className="wide">{t("events.message")}</th>
          <th>{t("events.source")}</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event, index) => (
          <tr key={`${event.time} ${index}`}>
            <td className="muted">{timeOfDay(Date.parse(event.time), Date.now(), false)}</td>
            <td>
              <Link to={hrefOf("/events", { kind: event.kind, service: undefined })}>
                <span className={`badge ${FAULTS.has(event.kind) ? "error" : GOOD.has(event.kind) ? "ok" : "warn"}`}>
                  {FAULTS.has(event.kind) ? "⊗" : GOOD.has(event.kind) ? "●" : "⚡"} {event.kind} {event.xid}
                </span>
              </Link>
            </td>
            {hasObjects && (
              <td>
                <Link to={hrefOf(`/nodes/${encodeURIComponent(event.node)}`)}>{event.node}</Link>
              </td>
            )}
            {hasObjects && (
              <td>
                {event.gpu !== undefined && (
                  <Link to={hrefOf(`/gpus/${encodeURIComponent(event.gpu)}`)}>{event.gpu}</Link>
                )}
              </td>
            )}
            <td className="wide">
              {event.xid_class !== undefined && <span className="badge">{event.xid_class}</span>} {event.message}
            </td>
            <td className="faint">{event.source}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
