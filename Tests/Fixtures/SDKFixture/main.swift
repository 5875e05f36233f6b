import Axonize
import Glibc

// A program with the Swift SDK, for the end-to-end tests: records one trace with everything that a span can hold, and
// prints what the test compares with, one "name value" a line. The environment says where it is sent.

struct Failure: Error, CustomStringConvertible { var description: String { "why" } }

func tell(_ name: String, _ value: some CustomStringConvertible) { print(name, value) }

var configuration = Axonize.Configuration(serviceName: "swift-e2e")
configuration.serviceVersion = "1.2.3"
configuration.environment = "test"
configuration.resourceAttributes = ["team": "inference", "service.instance.id": "i1", "host.cores": 2]
Axonize.start(configuration)

let tokens = AsyncStream<Int> { continuation in
  for token in 0..<5 { continuation.yield(token) }
  continuation.finish()
}
let linked = SpanContext(
  traceID: TraceID(high: 1 << 36, low: 0), spanID: SpanID(77), traceState: "vendor=value", isRemote: true)

let root = await withSpan("POST /chat", kind: .server, links: [SpanLink(linked, attributes: ["why": "batch"])]) {
  root in
  tell("trace", root.traceID)
  tell("root", root.spanID)
  tell("start", root.startTime.nanosecondsSince1970)
  root.setAttribute("http.response.status_code", 200)
  root.setAttribute("tags", ["a", "b"])
  root.setAttribute("numbers", [1, 2])
  root.setAttribute("score", 0.5)
  root.setAttribute("whole", 3.0)
  root.setAttribute("cached", false)
  root.setAttribute("text", "Grüße 🙂 \"quoted\" \\ \n\t")
  root.setAttribute("least", Int.min)
  root.setAttribute("bytes", [0, 0xff, 0xfe] as [UInt8])
  root.setAttribute("nested", ["inner": ["deep": [1, "two", ["three": 3.5]]], "none": .empty] as AttributeValue)
  root.setGPUs("GPU-11111111-2222-3333-4444-555555555555", "GPU-66666666-2222-3333-4444-555555555555")
  root.addEvent("cache.miss", attributes: ["size": 3], at: root.startTime + .nanoseconds(5))
  await withLLMSpan(
    "chat m", model: "m", provider: "vllm", request: LLMRequest(conversationID: "c1", userID: "u1")
  ) { span in
    tell("llm", span.spanID)
    for await _ in tokens.recordingTokens(on: span) { usleep(1000) }
    span.setUsage(input: 12, output: 5, cached: 4, cacheCreation: 3, reasoning: 2)
    span.setResponse(model: "m-1", finishReasons: ["stop"])
    span.setPrompt("not to be captured")
  }
  do {
    try await withSpan("tool", tracer: Tracer("lib", version: "9")) { span in
      tell("tool", span.spanID)
      await Task.yield()
      throw Failure()
    }
  } catch { tell("caught", "\(error)") }
  async let child: Void = withSpan("in a child task") { _ in await Task.yield() }
  await child
  return root
}
tell("end", root.endTime?.nanosecondsSince1970 ?? 0)
// SAFETY: nothing changes the environment of this program.
let limit = unsafe getenv("AXONIZE_SDK_FIXTURE_FLUSH").map { unsafe String(cString: $0) }.flatMap(Double.init) ?? 30
tell("flushed", Axonize.flush(timeout: .seconds(limit)))
tell("exported", Axonize.statistics.exported)
for pair in Axonize.resource.pairs {
  switch pair.value {
  case .string(let text): tell("resource.\(pair.key)", text)
  case .int(let number): tell("resource.\(pair.key)", number)
  default: tell("resource.\(pair.key)", "\(pair.value)")
  }
}
// Sent at the end of the process.
withSpan("last", parent: .context(root.context)) { _ in }
