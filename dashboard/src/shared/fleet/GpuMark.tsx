import type { Gpu } from "../../generated/api";
import type { MessageKey } from "../i18n/catalogue";
import { useTranslate } from "../i18n/language";

/** Whether a GPU works: a sign and a word, never a colour alone. */
export function GpuMark({ gpu, hasText = false }: { readonly gpu: Gpu; readonly hasText?: boolean }) {
  const t = useTranslate();
  const isSilent = gpu.node_state === "silent" && gpu.condition === "up";
  const text = isSilent ? t("gpus.nodeSilent") : t(`gpus.condition.${gpu.condition}` as MessageKey);
  const [mark, tone] = isSilent || gpu.condition === "gone" ? ["◌", "faint"]
    : gpu.condition === "up" ? ["●", "ok-text"] : ["⊗", "error-text"];
  return (
    <span className={tone} title={text}>
      <span aria-hidden="true">{mark}</span>
      <span className={hasText ? "" : "sr"}> {text}</span>
    </span>
  );
}
