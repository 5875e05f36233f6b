import Axonize
import Glibc

// What the Swift SDK costs the thread that calls it: `swift run -c release sdk-benchmark [rounds]`.
//
// Each figure is CPU time of the calling thread (CLOCK_THREAD_CPUTIME_ID) per call. Rounds of all figures alternate, so
// that a change of the machine meets all alike; the least and the median of the rounds are printed. Spans go to
// AXONIZE_ENDPOINT; without it to a port where nothing listens, so that most are dropped because the queue is full.

func threadTime() -> Double {
  var now = timespec()
  // SAFETY: clock_gettime(2) fills the structure.
  _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
  return Double(now.tv_sec) * 1e9 + Double(now.tv_nsec)
}

struct Figure {
  let name: String
  let calls: Int
  let body: (Int) -> Void
  var rounds: [Double] = []

  init(_ name: String, calls: Int, _ body: @escaping (Int) -> Void) {
    self.name = name
    self.calls = calls
    self.body = body
  }

  mutating func run() {
    let before = threadTime()
    body(calls)
    rounds.append((threadTime() - before) / Double(calls))
  }
}

let rounds = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 15
var configuration = Axonize.Configuration(serviceName: "sdk-benchmark")
// SAFETY: nothing changes the environment of this program.
let hasReceiver = unsafe getenv("AXONIZE_ENDPOINT") != nil
if !hasReceiver { configuration.endpoint = "http://127.0.0.1:9" }
configuration.warningHandler = { _ in }
Axonize.start(configuration)

let model = Tracer.default.startLLMSpan("tokens")
var figures = [
  Figure("span without attributes", calls: 20_000) { for _ in 0..<$0 { withSpan("work") { _ in } } },
  Figure("span with 3 attributes", calls: 20_000) {
    for index in 0..<$0 {
      withSpan("work") { span in
        span.setAttribute("http.request.method", "GET")
        span.setAttribute("http.response.status_code", 200)
        span.setAttribute("index", index)
      }
    }
  },
  Figure("span with 3 attributes at its start", calls: 20_000) {
    for index in 0..<$0 {
      withSpan(
        "work",
        attributes: ["http.request.method": "GET", "http.response.status_code": 200, "index": index]
      ) { _ in }
    }
  },
  Figure("startSpan and end", calls: 20_000) { for _ in 0..<$0 { Tracer.default.startSpan("work").end() } },
  Figure("recordToken", calls: 100_000) { for _ in 0..<$0 { model.recordToken() } },
  Figure("LLM span of 1,000 tokens with usage", calls: 100) {
    for _ in 0..<$0 {
      withLLMSpan("chat", model: "m", provider: "vllm") { span in
        for _ in 0..<1000 { span.recordToken() }
        span.setUsage(input: 512, output: 1000)
      }
    }
  },
  Figure("two readings of the clock", calls: 100_000) {
    var now = timespec()
    for _ in 0..<2 * $0 {
      // SAFETY: clock_gettime(2) fills the structure.
      _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    }
  },
]
for _ in 0..<rounds {
  for index in figures.indices {
    figures[index].run()
    if hasReceiver { Axonize.flush(timeout: .seconds(10)) }
  }
}
for figure in figures {
  let sorted = figure.rounds.sorted()
  let (least, median) = (sorted[0], sorted[sorted.count / 2])
  print(figure.name, "least \(Int(least)) ns", "median \(Int(median)) ns", separator: "\t")
}
model.end()
let now = Axonize.statistics
print("ended \(now.ended)", "dropped \(now.droppedQueueFull + now.droppedSendFailed)", separator: "\t")
Axonize.shutdown(timeout: .zero)
