import { parseProblem, type Problem } from "../../generated/api";
import type { Parser } from "../api/parsers";

/** Why a request brought nothing. */
export class RequestFailure extends Error {
  constructor(
    /** Zero where no response came. */
    readonly status: number,
    message: string,
    readonly problem: Problem | null,
  ) {
    super(message);
    this.name = "RequestFailure";
  }

  get isForbidden(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

/** Longer than the server's own limit of 20 s for a query, so that its error comes first. */
const TIMEOUT_MS = 30_000;

/** Reads a body that is too large to be read between two frames. */
export interface BodyReader<T> {
  readonly readBody: (body: ArrayBuffer) => Promise<T>;
}

/** How a response becomes data. */
export type Reader<T> = Parser<T> | BodyReader<T>;

/** Asks the API; throws a `RequestFailure`, or a `MalformedResponse` where the body is not what it promises. */
export async function ask<T>(url: string, reader: Reader<T>, signal?: AbortSignal): Promise<T> {
  const response = await send(url, signal === undefined ? {} : { signal });
  if (!response.ok) throw failureOf(response.status, await response.text());
  if (typeof reader !== "function") return reader.readBody(await response.arrayBuffer());
  return reader(parsedJSON(await response.text(), response.status), "");
}

/** Sends something whose response says nothing that is needed; a body goes as JSON. */
export async function tell(
  method: "POST" | "DELETE", url: string, headers: Record<string, string> = {}, body?: unknown,
): Promise<void> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await send(url, { method, headers: { "X-Axonize": "1", ...type, ...headers }, ...content });
  if (!response.ok) throw failureOf(response.status, await response.text());
}

async function send(url: string, init: RequestInit): Promise<Response> {
  const timeout = new AbortController();
  const timer = window.setTimeout(() => timeout.abort(), TIMEOUT_MS);
  const outer = init.signal;
  outer?.addEventListener("abort", () => timeout.abort(), { once: true });
  try {
    return await fetch(url, { ...init, signal: timeout.signal, credentials: "same-origin" });
  } catch (error) {
    if (outer?.aborted === true) throw error;
    throw new RequestFailure(0, timeout.signal.aborted ? "timeout" : "unreachable", null);
  } finally {
    window.clearTimeout(timer);
  }
}

function failureOf(status: number, text: string): RequestFailure {
  try {
    const problem = parseProblem(JSON.parse(text), "");
    return new RequestFailure(status, problem.detail, problem);
  } catch {
    return new RequestFailure(status, text.slice(0, 300), null);
  }
}

function parsedJSON(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestFailure(status, "the response is not JSON", null);
  }
}

/** A path of the API with parameters; those that are undefined or empty are left out. */
export function apiURL(
  path: string, parameters: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text === "" ? "" : `?${text}`}`;
}
