import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import { Icon } from "../../../shared/ui/Icon";

interface Props {
  readonly find: string;
  readonly foundAt: number;
  readonly foundCount: number;
  readonly errorCount: number;
  readonly services: readonly string[];
  readonly slots: ReadonlyMap<string, number>;
  readonly isWhole: boolean;
  readonly step: (by: 1 | -1) => void;
  readonly nextError: () => void;
  readonly reset: () => void;
  readonly collapseAll: () => void;
  readonly expandAll: () => void;
}

const SERVICES_MAX = 8;

/** Views of a trace, finding spans, and what the colours mean. */
export function Toolbar(props: Props) {
  const t = useTranslate();
  const isTranscript = useParameters().get("as") === "transcript";
  const { services, slots } = props;
  return (
    <div className="trace-tools">
      <div className="group">
        <button
          type="button" className="button" aria-pressed={!isTranscript}
          onClick={() => changeParameters({ as: undefined })}
        >
          {t("trace.timeline")}
        </button>
        <button
          type="button" className="button" aria-pressed={isTranscript}
          onClick={() => changeParameters({ as: "transcript" })}
        >
          {t("trace.transcript")}
        </button>
      </div>
      {!isTranscript && (
        <>
          <label className="find">
            <Icon name="search" />
            <input
              data-filter type="search" aria-label={t("trace.find")} placeholder={t("trace.find")} value={props.find}
              onChange={(event) => changeParameters({ find: event.target.value }, { replace: true })}
              onKeyDown={(event) => {
                if (event.key === "Enter") props.step(event.shiftKey ? -1 : 1);
              }}
            />
            {props.find !== "" && (
              <span className="faint" role="status">
                {props.foundCount === 0 ? t("trace.noMatches")
                  : t("trace.matches", { at: props.foundAt < 0 ? "–" : props.foundAt + 1, n: props.foundCount })}
              </span>
            )}
          </label>
          {props.errorCount > 0 && (
            <button type="button" className="button" onClick={props.nextError}>
              <span className="error-text" aria-hidden="true">⊗</span> {t("trace.nextError")}
            </button>
          )}
          <button type="button" className="button" onClick={props.expandAll}>
            {t("trace.expandAll")}
          </button>
          <button type="button" className="button" onClick={props.collapseAll}>
            {t("trace.collapseAll")}
          </button>
          <button type="button" className="button" disabled={props.isWhole} onClick={props.reset}>
            {t("trace.reset")}
          </button>
          <ul className="legend">
            {services.slice(0, SERVICES_MAX).map((name) => (
              <li key={name}>
                <span className="dot" style={{ background: `var(--c${slots.get(name) ?? 1})` }} />
                <span className="clip">{name}</span>
              </li>
            ))}
            <li>
              <span className="critical-key" aria-hidden="true" />
              {t("trace.critical")}
            </li>
          </ul>
        </>
      )}
    </div>
  );
}
