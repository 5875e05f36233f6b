import type { LogRecord } from "../../../generated/api";
import { fullTime, msOfNanoseconds } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters, hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { CopyButton } from "../../../shared/ui/CopyButton";
import { Icon } from "../../../shared/ui/Icon";
import { bodyOf, severityOf } from "../model";
import { SeverityMark } from "./SeverityMark";

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** All that a log record says, and the way to its trace. */
export function LogPanel({ record, close }: { readonly record: LogRecord; readonly close: () => void }) {
  const t = useTranslate();
  const groups: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
    [t("trace.attributes"), "attr.", record.attributes], [t("trace.resource"), "resource.", record.resource],
  ];
  return (
    <aside className="panel span-panel" aria-label={t("logs.body")}>
      <header>
        <h2>
          <SeverityMark severity={severityOf(record.severity_number)} text={record.severity_text} />
        </h2>
        <CopyButton text={JSON.stringify(record, null, 2)} />
        <button type="button" className="button plain icon" aria-label={t("common.close")} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div className="span-panel-body" tabIndex={0}>
        <p className="log-body mono">{bodyOf(record)}</p>
        <dl className="facts">
          <div>
            <dt>{t("common.time")}</dt>
            <dd>{fullTime(msOfNanoseconds(record.time_unix_nano))}</dd>
          </div>
          <div>
            <dt>{t("common.service")}</dt>
            <dd>{record.service_name}</dd>
          </div>
          {record.trace_id !== null && (
            <div>
              <dt>{t("logs.trace")}</dt>
              <dd>
                <Link to={hrefOf(`/traces/${record.trace_id}`, { span: record.span_id ?? undefined })}>
                  {t("logs.openTrace")}
                </Link>
              </dd>
            </div>
          )}
        </dl>
        {groups.map(([title, prefix, values]) => Object.keys(values).length > 0 && (
          <section key={prefix} className="span-section">
            <h3>{title}</h3>
            <dl className="attributes">
              {Object.entries(values).map(([key, value]) => (
                <div key={key}>
                  <dt>{key}</dt>
                  <dd>
                    <span className="value">{textOf(value)}</span>
                    <span className="value-actions">
                      <button
                        type="button" className="button plain icon"
                        aria-label={t("trace.filterBy", { name: key, value: textOf(value) })}
                        onClick={() => changeParameters({ [prefix + key]: textOf(value) })}
                      >
                        <Icon name="filter" />
                      </button>
                      <CopyButton text={textOf(value)} />
                    </span>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </aside>
  );
}
