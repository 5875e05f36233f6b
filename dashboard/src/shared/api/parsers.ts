/** Checks a value of JSON and gives it its type; throws a `MalformedResponse` that names the place. */
export type Parser<T> = (value: unknown, path: string) => T;

/** A response that is not what the API's document promises: the server is of another version. */
export class MalformedResponse extends Error {
  constructor(readonly path: string, readonly expected: string) {
    super(`${path === "" ? "the response" : path} is not ${expected}`);
    this.name = "MalformedResponse";
  }
}

const typed = <T>(expected: string, is: (value: unknown) => value is T): Parser<T> => (value, path) => {
  if (is(value)) return value;
  throw new MalformedResponse(path, expected);
};

export const string = typed("a text", (value): value is string => typeof value === "string");
export const number = typed("a number", (value): value is number => typeof value === "number");
export const boolean = typed("true or false", (value): value is boolean => typeof value === "boolean");
export const nothing = typed("null", (value): value is null => value === null);
export const anything: Parser<unknown> = (value) => value;

/** One of some words; a word that a later version adds is let through, and what shows it treats it as unknown. */
export const choice: Parser<string> = string;

export const optional = (parser: Parser<unknown>): Parser<unknown> => (value, path) =>
  value === undefined ? undefined : parser(value, path);

export const list = (parser: Parser<unknown>): Parser<unknown> => (value, path) => {
  if (!Array.isArray(value)) throw new MalformedResponse(path, "a list");
  for (let index = 0; index < value.length; index++) within(parser, value[index], path, index);
  return value;
};

export const record = (parser: Parser<unknown>): Parser<unknown> => (value, path) => {
  if (!isObject(value)) throw new MalformedResponse(path, "an object");
  for (const key of Object.keys(value)) within(parser, value[key], path, key);
  return value;
};

/** Members that it does not name stay: a later version of the server may have more. */
export const object = (members: Readonly<Record<string, Parser<unknown>>>): Parser<unknown> => {
  const entries = Object.entries(members);
  return (value, path) => {
    if (!isObject(value)) throw new MalformedResponse(path, "an object");
    for (const [key, parser] of entries) within(parser, value[key], path, key);
    return value;
  };
};

export const union = (...parsers: readonly Parser<unknown>[]): Parser<unknown> => {
  const takesNull = parsers.includes(nothing as Parser<unknown>);
  return (value, path) => {
    // Without trying the others, which would fail: an error costs more than all else in a large response.
    if (value === null && takesNull) return value;
    let failure: unknown;
    for (const parser of parsers) {
      try {
        return parser(value, path);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
};

/** A parser that is made when it is first needed; what it lets through is a `T`. */
export const lazy = <T>(make: () => Parser<unknown>): Parser<T> => {
  let made: Parser<unknown> | undefined;
  return (value, path) => (made ??= make())(value, path) as T;
};

/** Checks a member; its place is made into text only where it is needed. */
function within(parser: Parser<unknown>, value: unknown, path: string, key: string | number): void {
  try {
    parser(value, "");
  } catch (error) {
    throw error instanceof MalformedResponse ? new MalformedResponse(`${path}/${key}${error.path}`, error.expected)
      : error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
