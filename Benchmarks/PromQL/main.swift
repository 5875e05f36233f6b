// Nanoseconds of CPU a sample to evaluate PromQL over samples in memory: 1,000 counters, 24 hours at 15 seconds, which
// is what a page with an overview of a day asks for. `--smoke` takes an hour of 20 counters.
import Glibc
import PromQL
import Series
import SeriesPatterns

/// The CPU time of this thread in nanoseconds.
func cpuNanoseconds() -> Int64 {
  var time = timespec()
  // SAFETY: a whole timespec that lives through the call.
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Counters of 50 instances, in portions as a store would pass them on.
struct Counters: SeriesSource {
  static let interval: Int64 = 15_000
  static let seriesOfPortion = 100

  let portions: [SeriesSamples]
  let sampleCount: Int

  init(seriesCount: Int, duration: Int64) {
    var portions: [SeriesSamples] = []
    var portion = SeriesSamples()
    for series in 0..<seriesCount {
      var value = Double(series)
      // Every second series is scraped up to 5 ms late.
      let jitter: Int64 = series % 2 == 0 ? 0 : 5
      for tick in 0..<(duration / Self.interval) {
        // A restart every 1,000 samples.
        value = (Int(tick) + series) % 1_000 == 0 ? 0 : value + Double((Int(tick) &* 7 &+ series) % 11)
        portion.times.append(tick * Self.interval + (jitter == 0 ? 0 : (tick * 3) % jitter))
        portion.values.append(value)
      }
      portion.endSeries(
        LabelSet([
          Label(Label.metricName, "requests_total"), Label("instance", "node-\(series % 50):9100"),
          Label("job", "node"), Label("path", "/api/\(series / 50)"),
        ]))
      if portion.seriesCount == Self.seriesOfPortion || series == seriesCount - 1 {
        portions.append(portion)
        portion = SeriesSamples()
      }
    }
    self.portions = portions
    sampleCount = portions.reduce(0) { $0 + $1.sampleCount }
  }

  func samples(
    _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    for portion in portions { try body(portion) }
  }

  func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] {
    portions.flatMap(\.labels)
  }
}

/// A sum over the whole result, so that no run can leave anything out.
func checksum(_ value: PromQLValue) -> Double {
  switch value {
  case .scalar(_, let value): value
  case .string: 0
  case .vector(let samples), .matrix(let samples): samples.values.reduce(0) { $0 + ($1.isFinite ? $1 : 0) }
  }
}

let isSmoke = CommandLine.arguments.contains("--smoke")
let day: Int64 = isSmoke ? 3_600_000 : 86_400_000
let counters = Counters(seriesCount: isSmoke ? 20 : 1_000, duration: day)
let parser = PromQLParser(patterns: SeriesPatternCompiler())
let engine = PromQLEngine(compiler: SeriesPatternCompiler())
let rounds = isSmoke ? 2 : 9

/// Evaluates some rounds and prints the CPU time of a unit, of which there are so many.
func measure(_ name: String, _ unit: String, count: Int, _ evaluate: () throws -> PromQLValue) rethrows {
  var (best, sum, result) = (Double.infinity, 0.0, 0.0)
  for round in 0..<rounds {
    let start = cpuNanoseconds()
    let value = try evaluate()
    let taken = Double(cpuNanoseconds() - start) / Double(count)
    result = checksum(value)
    // The first round is for the memory to be there.
    if round > 0 { (best, sum) = (min(best, taken), sum + taken) }
  }
  let mean = sum / Double(rounds - 1)
  print(
    "\(name): \((best * 10).rounded() / 10) ns a \(unit) at best, \((mean * 10).rounded() / 10) in the mean "
      + "(\(count), checksum \(result))")
}

for query in [
  "sum by (instance) (rate(requests_total[5m]))", "rate(requests_total[5m])", "sum by (instance) (requests_total)",
  "max_over_time(requests_total[5m])", "max_over_time(requests_total[6h])", "avg_over_time(requests_total[1h])",
  "quantile_over_time(0.9, requests_total[5m])", "topk(5, rate(requests_total[5m]))",
  "rate(requests_total[5m]) / on (instance, path) rate(requests_total[1h])",
] {
  let expression = try parser.parse(query)
  try measure(query, "sample", count: counters.sampleCount) {
    try engine.range(expression, from: 0, through: day, step: 60_000, over: counters).value
  }
}

// What a rule asks for.
let minutes: Int64 = 300_000
let recent = Counters(seriesCount: counters.portions.reduce(0) { $0 + $1.seriesCount }, duration: minutes)
for query in ["sum by (instance) (rate(requests_total[5m])) > 0", "requests_total"] {
  let expression = try parser.parse(query)
  try measure("\(query), once", "series", count: recent.portions.reduce(0) { $0 + $1.seriesCount }) {
    try engine.instant(expression, at: minutes, over: recent).value
  }
}

// What compares all pairs of 360 samples.
for query in ["axonize_forecast(requests_total[6h:1m], 3600)"] {
  let expression = try parser.parse(query)
  let few = Counters(seriesCount: isSmoke ? 2 : 20, duration: day)
  try measure("\(query), once", "series", count: isSmoke ? 2 : 20) {
    try engine.instant(expression, at: day, over: few).value
  }
}
