import type { MessageKey } from "../i18n/catalogue";
import { useTranslate } from "../i18n/language";
import { TEXT_LENGTH_MAX, type Message } from "./transcript";

const ROLES: ReadonlySet<string> = new Set(["system", "user", "assistant", "tool"]);

/** Messages of a conversation, as plain text: what a model writes is never run or rendered. */
export function Messages({ messages }: { readonly messages: readonly Message[] }) {
  const t = useTranslate();
  return (
    <ol className="messages">
      {messages.map((message, index) => (
        <li key={index} className={`message ${ROLES.has(message.role) ? message.role : "user"}`}>
          <strong>{ROLES.has(message.role) ? t(`trace.role.${message.role}` as MessageKey) : message.role}</strong>
          {message.text !== "" && <p>{message.text.slice(0, TEXT_LENGTH_MAX)}</p>}
          {message.text.length > TEXT_LENGTH_MAX && <p className="faint">{t("trace.compressed")}</p>}
          {message.toolCalls.map((call, place) => (
            <div key={place} className="tool-call">
              <span>{t("trace.toolCall", { name: call.name })}</span>
              <pre>{call.arguments.slice(0, TEXT_LENGTH_MAX)}</pre>
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}
