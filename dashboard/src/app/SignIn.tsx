import { useState, type FormEvent } from "react";
import { useTranslate } from "../shared/i18n/language";
import { RequestFailure, apiURL, tell } from "../shared/query/client";
import { explain } from "../shared/ui/QueryView";

/** Exchanges an API key for a cookie; the key is kept nowhere else. */
export function SignIn({ done }: { readonly done: () => void }) {
  const t = useTranslate();
  const [key, setKey] = useState("");
  const [message, setMessage] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    try {
      await tell("POST", apiURL("/session"), { Authorization: `Bearer ${key.trim()}` });
      setKey("");
      done();
    } catch (error) {
      const isWrong = error instanceof RequestFailure && error.status === 401;
      setMessage(isWrong ? t("signin.wrong") : explain(error instanceof Error ? error : new Error(String(error)), t));
    } finally {
      setSending(false);
    }
  };
  return (
    <main className="page full">
      <form className="center-card" onSubmit={(event) => void submit(event)}>
        <h1>{t("signin.title")}</h1>
        <p className="muted">{t("signin.lead")}</p>
        <label htmlFor="key">{t("signin.key")}</label>
        <input
          id="key" className="field mono" type="password" autoComplete="off" spellCheck={false} value={key}
          onChange={(event) => setKey(event.target.value)} placeholder="axz_…"
          aria-describedby={message === null ? undefined : "key-message"} aria-invalid={message !== null}
        />
        {message !== null && (
          <p id="key-message" className="error-text" role="alert">
            ⊗ {message}
          </p>
        )}
        <button type="submit" className="button primary" disabled={key.trim() === "" || isSending}>
          {t("signin.submit")}
        </button>
        <code className="faint">{t("signin.hint")}</code>
      </form>
    </main>
  );
}
