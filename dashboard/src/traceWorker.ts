import { buffersOf, packedSkeleton } from "./features/trace/model/skeleton";
import { MalformedResponse } from "./shared/api/parsers";
import type { FromWorker } from "./features/trace/model/workerMessages";

/** Beside the page: checks the skeleton of a large trace and lays it out. */
self.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
  const post = (message: FromWorker, transfer: ArrayBuffer[]) => self.postMessage(message, { transfer });
  try {
    const trace = packedSkeleton(new TextDecoder().decode(data));
    post({ kind: "trace", trace }, buffersOf(trace));
  } catch (error) {
    if (error instanceof MalformedResponse) post({ kind: "malformed", path: error.path, expected: error.expected }, []);
    else post({ kind: "failed", message: error instanceof Error ? error.message : String(error) }, []);
  }
};
