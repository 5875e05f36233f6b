import type { Span } from "../../generated/api";

/** A message of a conversation with a model. */
export interface Message {
  readonly role: string;
  readonly text: string;
  /** Tools that it calls, with their arguments as text. */
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
}

/** Texts are cut here on the page; the JSON of the span has all of them. */
export const TEXT_LENGTH_MAX = 20_000;

/** What a span carries of a conversation, in whichever convention; empty where it carries nothing. */
export function messagesOf(span: Span): readonly Message[] {
  const { attributes } = span;
  const structured = [
    ...parts(attributes["gen_ai.system_instructions"], "system"), ...parts(attributes["gen_ai.input.messages"], "user"),
    ...parts(attributes["gen_ai.output.messages"], "assistant"),
  ];
  if (structured.length > 0) return structured;
  const numbered = [
    ...indexed(attributes, "gen_ai.prompt.", ".role", ".content"),
    ...indexed(attributes, "gen_ai.completion.", ".role", ".content"),
  ];
  if (numbered.length > 0) return numbered;
  const inference = [
    ...indexed(attributes, "llm.input_messages.", ".message.role", ".message.content"),
    ...indexed(attributes, "llm.output_messages.", ".message.role", ".message.content"),
  ];
  if (inference.length > 0) return inference;
  const plain = [
    ...plainText(attributes["input.value"], "user"), ...plainText(attributes["output.value"], "assistant"),
  ];
  return span.gen_ai === null ? [] : plain;
}

function plainText(value: unknown, role: string): Message[] {
  return typeof value === "string" && value !== "" ? [{ role, text: value, toolCalls: [] }] : [];
}

/** Messages of OpenTelemetry's convention: a list, or its JSON. */
function parts(value: unknown, defaultRole: string): Message[] {
  let list = value;
  if (typeof value === "string") {
    try {
      list = JSON.parse(value);
    } catch {
      return plainText(value, defaultRole);
    }
  }
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown): Message[] => {
    if (!isRecord(entry)) return [];
    // System instructions are parts without a message around them.
    const inner = Array.isArray(entry["parts"]) ? entry["parts"] : [entry];
    const role = typeof entry["role"] === "string" ? entry["role"] : defaultRole;
    const texts: string[] = [];
    const toolCalls: { name: string; arguments: string }[] = [];
    for (const part of inner as unknown[]) {
      if (!isRecord(part)) continue;
      if (part["type"] === "tool_call") {
        toolCalls.push({ name: textOf(part["name"]), arguments: textOf(part["arguments"]) });
      } else if (part["type"] === "tool_call_response") texts.push(textOf(part["result"] ?? part["response"]));
      else if (part["content"] !== undefined) texts.push(textOf(part["content"]));
    }
    return texts.length === 0 && toolCalls.length === 0 ? [] : [{ role, text: texts.join("\n"), toolCalls }];
  });
}

/** Messages whose members are attributes with a number in their names. */
function indexed(
  attributes: Readonly<Record<string, unknown>>, prefix: string, role: string, content: string,
): Message[] {
  const found: Message[] = [];
  for (let index = 0; ; index++) {
    const roleValue = attributes[`${prefix}${index}${role}`];
    const contentValue = attributes[`${prefix}${index}${content}`];
    if (roleValue === undefined && contentValue === undefined) return found;
    found.push({ role: textOf(roleValue) || "user", text: textOf(contentValue), toolCalls: [] });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** A span with the messages that it carries. */
interface Call {
  readonly span: Span;
  readonly messages: readonly Message[];
}

/** Calls whose messages are shown: those of an outer span repeat those of the call inside it. */
export function callsOf(spans: readonly Span[]): readonly Call[] {
  const found = spans.map((span) => ({ span, messages: messagesOf(span) })).filter((call) => call.messages.length > 0);
  const parents = new Map(spans.map((span) => [span.span_id, span.parent_span_id]));
  const outer = new Set<string>();
  for (const { span } of found) {
    const seen = new Set([span.span_id]);
    let above = span.parent_span_id;
    while (above !== null && !seen.has(above)) {
      seen.add(above);
      outer.add(above);
      above = parents.get(above) ?? null;
    }
  }
  return found.filter(({ span }) => !outer.has(span.span_id));
}
