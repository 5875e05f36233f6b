import { useTranslate } from "../shared/i18n/language";
import { CopyButton } from "../shared/ui/CopyButton";
import { Page } from "../shared/ui/Page";

/** What sends the first trace, with this server's own address in it. */
export function FirstTrace() {
  const t = useTranslate();
  const endpoint = window.location.origin;
  const lines = [
    "pip install ./sdk/python",
    `export AXONIZE_ENDPOINT=${endpoint}`,
    "python -c 'import axonize; axonize.init(service_name=\"hello\"); axonize.trace(print)(\"hello\")'",
  ].join("\n");
  return (
    <Page title={t("first.title")} isFull>
      <div className="center-card">
        <p>{t("first.lead")}</p>
        <pre tabIndex={0}>{lines}</pre>
        <CopyButton text={lines} label={t("first.copy")} />
        <p className="muted">{t("first.otlp", { endpoint: `${endpoint}/v1/traces` })}</p>
        <p className="waiting" role="status">
          <span aria-hidden="true">◌</span> {t("first.waiting")}
        </p>
      </div>
    </Page>
  );
}
