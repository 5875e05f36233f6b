import type { PackedTrace } from "./skeleton";

/** What the worker sends back for the body of a skeleton. */
export type FromWorker =
  | { readonly kind: "trace"; readonly trace: PackedTrace }
  | { readonly kind: "malformed"; readonly path: string; readonly expected: string }
  | { readonly kind: "failed"; readonly message: string };
