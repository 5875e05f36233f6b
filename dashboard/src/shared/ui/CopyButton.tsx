import { useEffect, useState } from "react";
import { useTranslate } from "../i18n/language";
import { Icon } from "./Icon";

const SHOWN_MS = 1_500;

/** Puts a text into the clipboard, and says so. */
export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const t = useTranslate();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = window.setTimeout(() => setCopied(false), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [isCopied]);
  const copy = () => {
    // Without TLS and away from this machine browsers have no clipboard; the text can be selected there.
    void navigator.clipboard?.writeText(text).then(() => setCopied(true), () => setCopied(false));
  };
  return (
    <button
      type="button" className={label === undefined ? "button plain icon" : "button"} onClick={copy}
      aria-label={label === undefined ? t(isCopied ? "common.copied" : "common.copy") : undefined}
    >
      <Icon name="copy" />
      {label !== undefined && (isCopied ? t("common.copied") : label)}
    </button>
  );
}
