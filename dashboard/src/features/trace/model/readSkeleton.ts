import { MalformedResponse } from "../../../shared/api/parsers";
import type { BodyReader } from "../../../shared/query/client";
import { packedSkeleton, unpackedTrace, type OpenTrace, type PackedTrace } from "./skeleton";
import type { FromWorker } from "./workerMessages";

/** The path of the worker's script; the bundler puts it in. */
declare const TRACE_WORKER_PATH: string;

/** The part of Trusted Types that is needed; not every browser has them. */
interface TrustedTypes {
  readonly createPolicy: (
    name: string, rules: { readonly createScriptURL: (url: string) => string },
  ) => { readonly createScriptURL: (url: string) => string };
}

/** Smaller bodies are read at once: to start a worker takes longer. */
const AT_ONCE_BYTES_MAX = 300_000;
/** A hundred thousand spans take a second; after this long something is wrong. */
const WORKER_MS_MAX = 30_000;

/** Reads the skeleton of a trace, a large one beside the page so that this never stands still. */
export const skeletonReader: BodyReader<OpenTrace> = {
  async readBody(body) {
    const isSmall = body.byteLength <= AT_ONCE_BYTES_MAX;
    return unpackedTrace(isSmall ? packedSkeleton(new TextDecoder().decode(body)) : await packedByWorker(body));
  },
};

async function packedByWorker(body: ArrayBuffer): Promise<PackedTrace> {
  const worker = new Worker(workerURL());
  let timer = 0;
  try {
    return await new Promise<PackedTrace>((resolve, reject) => {
      timer = window.setTimeout(() => reject(new Error("the worker for traces does not answer")), WORKER_MS_MAX);
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.kind === "trace") resolve(data.trace);
        else if (data.kind === "malformed") reject(new MalformedResponse(data.path, data.expected));
        else reject(new Error(data.message));
      };
      worker.onerror = (event) => reject(new Error(event.message || "the worker for traces could not be started"));
      worker.postMessage(body, [body]);
    });
  } finally {
    window.clearTimeout(timer);
    worker.terminate();
  }
}

let madeURL: string | null = null;

/** The worker's path as the content security policy wants it: named by a policy that knows no other. */
function workerURL(): string {
  if (madeURL !== null) return madeURL;
  const { trustedTypes } = window as { readonly trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy("axonize-worker", { createScriptURL: () => TRACE_WORKER_PATH });
  madeURL = policy?.createScriptURL("") ?? TRACE_WORKER_PATH;
  return madeURL;
}
