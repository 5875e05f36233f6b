import type { MessageKey } from "../../shared/i18n/catalogue";
import { useTranslate } from "../../shared/i18n/language";
import { useLocation } from "../../shared/router/location";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { StateMessage } from "../../shared/ui/StateMessage";

/** The place of a part that this version of the server does not have: what it is for, and what helps until then. */
export default function PlacePage() {
  const t = useTranslate();
  const name = useLocation().path.split("/")[1] ?? "";
  const title = t(`nav.${name}` as MessageKey);
  return (
    <Page title={title}>
      <Panel title={title}>
        <StateMessage
          mark="◌" title={t("places.notHere")} detail={
            <>
              {t(`places.${name}` as MessageKey)} <br />
              {t(`places.${name}.meanwhile` as MessageKey)}
            </>
          }
        />
      </Panel>
    </Page>
  );
}
