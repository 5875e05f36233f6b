import type { GpuEnergyUse } from "../../generated/api";
import type { MessageKey } from "../i18n/catalogue";
import { percent } from "../format/numbers";
import { useTranslate, type Translate } from "../i18n/language";

/** What a value of a span's use of a GPU says about itself. */
export interface Known {
  readonly provenance: GpuEnergyUse["provenance"];
  readonly coverage: number;
  readonly reason?: GpuEnergyUse["reason"];
}

/** How sure a value is, in a sentence: where it comes from, and how much of the time has samples. */
export function knownText(value: Known, t: Translate): string {
  if (value.provenance === "unavailable") {
    return value.reason === undefined ? t("use.unavailable") : t(`use.reason.${value.reason}` as MessageKey);
  }
  const word = t(`use.${value.provenance}` as MessageKey);
  return value.coverage >= 1 ? word : `${word}, ${t("use.coverage", { share: percent(value.coverage) })}`;
}

/** A value with how sure it is; without one, why there is none, and never a zero. */
export function KnownValue({ value, text }: { readonly value: Known; readonly text: string | null }) {
  const t = useTranslate();
  const known = knownText(value, t);
  if (text === null || value.provenance === "unavailable") return <span className="faint">– {known}</span>;
  return (
    <>
      {text} <span className="faint">{known}</span>
    </>
  );
}
