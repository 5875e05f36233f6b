/** What the tests use of node's own modules; Debian's node brings no types that this TypeScript reads. */
declare module "node:test" {
  export function test(name: string, body: () => void | Promise<void>): void;
}
declare module "node:assert/strict" {
  const assert: {
    equal(actual: unknown, expected: unknown, message?: string): void;
    notEqual(actual: unknown, expected: unknown, message?: string): void;
    deepEqual(actual: unknown, expected: unknown, message?: string): void;
    match(text: string, pattern: RegExp, message?: string): void;
    doesNotMatch(text: string, pattern: RegExp, message?: string): void;
    ok(value: unknown, message?: string): void;
    throws(body: () => unknown, expected?: RegExp): void;
  };
  export default assert;
}
