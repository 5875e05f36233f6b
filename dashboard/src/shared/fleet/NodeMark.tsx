import type { Node } from "../../generated/api";
import type { MessageKey } from "../i18n/catalogue";
import { useTranslate } from "../i18n/language";

/** Whether a machine is heard of: a sign and a word. */
export function NodeMark({ state }: { readonly state: Node["state"] }) {
  const t = useTranslate();
  const isUp = state === "up";
  return (
    <span className={isUp ? "ok-text" : "warn-text"}>
      <span aria-hidden="true">{isUp ? "●" : "◌"}</span> {t(`nodes.state.${state}` as MessageKey)}
    </span>
  );
}
