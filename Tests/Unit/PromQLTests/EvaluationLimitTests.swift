import PromQL
import Series
import SeriesPatterns
import Synchronization
import Testing

/// Goal: an evaluation stops at its limits, when it is cancelled and when its time is over, and says why.
@Suite("Limits of an evaluation")
struct EvaluationLimitTests {
  private static let minute: Int64 = 60_000

  private static func source(seriesCount: Int) -> MemorySeries {
    var source = MemorySeries()
    for series in 0..<seriesCount {
      let labels = LabelSet([Label(Label.metricName, "m"), Label("a", "\(series)")])
      source.add(labels, (0..<60).map { ($0 * minute, Double($0)) })
    }
    return source
  }

  private func evaluate(
    _ text: String, settings: EvaluationSettings = EvaluationSettings(), seriesCount: Int = 10,
    deadline: ContinuousClock.Instant? = nil, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> PromQLResult {
    let engine = PromQLEngine(compiler: SeriesPatternCompiler(), settings: settings)
    return try engine.range(
      try PromQLParser(patterns: SeriesPatternCompiler()).parse(text), from: 0, through: 3_000_000, step: Self.minute,
      over: Self.source(seriesCount: seriesCount), deadline: deadline, isCancelled: isCancelled)
  }

  private static func changed(_ change: (inout EvaluationSettings) -> Void) -> EvaluationSettings {
    var settings = EvaluationSettings()
    change(&settings)
    return settings
  }

  @Test(
    "stop it with a message",
    arguments: [
      ("m", changed { $0.sampleCountMax = 100 }, "too many samples"),
      ("m + m", changed { $0.sampleCountMax = 700 }, "too many samples"),
      ("max_over_time(vector(1)[50m:1s])", changed { $0.sampleCountMax = 1_000 }, "give it a longer step"),
      ("m", changed { $0.bytesMax = 2_000 }, "of memory"),
      ("m", changed { $0.stepCountMax = 50 }, "exceeded maximum resolution of 50 points"),
    ])
  func limit(text: String, settings: EvaluationSettings, message: String) throws {
    let error = #expect(throws: EvaluationError.self) { try evaluate(text, settings: settings) }
    #expect(error?.description.contains(message) == true)
    #expect(error.map { if case .limitExceeded = $0 { true } else { false } } == true)
  }

  @Test("count what is held at once, not what is read: aggregations over windows need their groups only")
  func streaming() throws {
    let settings = Self.changed { $0.sampleCountMax = 300 }
    #expect(throws: EvaluationError.self) { try evaluate("rate(m[5m])", settings: settings) }
    #expect(try evaluate("sum(rate(m[5m]))", settings: settings).value.samples?.seriesCount == 1)
  }

  @Test("a deadline that is over ends it")
  func deadline() {
    #expect(throws: EvaluationError.timeout) { try evaluate("m", deadline: .now - .seconds(1)) }
  }

  @Test("whoever has gone gets no result")
  func cancellation() {
    #expect(throws: EvaluationError.cancelled) { try evaluate("m", isCancelled: { true }) }
  }

  @Test("cancellation is asked for in the middle of a series too")
  func lateCancellation() throws {
    // As often as a short one asks, and then once more.
    let calls = CallCounter()
    _ = try evaluate("sum_over_time(m[50m:10m])", seriesCount: 1, isCancelled: { calls.next() < 0 })
    let count = calls.next()
    let again = CallCounter()
    #expect(throws: EvaluationError.cancelled) {
      try evaluate("sum_over_time(m[50m:20ms])", seriesCount: 1, isCancelled: { again.next() > count })
    }
  }

  private final class CallCounter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
      count.withLock {
        $0 += 1
        return $0
      }
    }
  }

  @Test("what several take together is limited, and given back")
  func sharedMemory() throws {
    final class Asking: SeriesSource {
      let memory: EvaluationMemory
      let inner = Mutex<EvaluationError?>(nil)

      init(_ memory: EvaluationMemory) { self.memory = memory }

      func samples(
        _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
        _ body: (SeriesSamples) throws(SeriesError) -> Void
      ) throws(SeriesError) {
        try EvaluationLimitTests.source(seriesCount: 500).samples(selection, isCancelled: isCancelled, body)
        // While this one has its share.
        let error = #expect(throws: EvaluationError.self) {
          try EvaluationLimitTests.evaluate(over: EvaluationLimitTests.source(seriesCount: 500), memory)
        }
        inner.withLock { $0 = error }
      }

      func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] { [] }
    }
    // 500 series of 51 steps are 708,000 bytes by estimate, for which 1 MiB is taken.
    let memory = EvaluationMemory(bytesMax: 3 << 19)
    let asking = Asking(memory)
    try Self.evaluate(over: asking, memory)
    let error = asking.inner.withLock { $0 }
    #expect(error?.description.contains("try again") == true)
    #expect(error.map { if case .unavailable = $0 { true } else { false } } == true)
    #expect(memory.byteCount == 0)
    try Self.evaluate(over: Self.source(seriesCount: 500), memory)
  }

  private static func evaluate(over source: some SeriesSource, _ memory: EvaluationMemory) throws {
    let engine = PromQLEngine(compiler: SeriesPatternCompiler(), memory: memory)
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse("m")
    _ = try engine.range(expression, from: 0, through: 3_000_000, step: Self.minute, over: source)
  }

  @Test("one may take half of what all may take")
  func half() {
    let engine = PromQLEngine(compiler: SeriesPatternCompiler(), memory: EvaluationMemory(bytesMax: 1 << 20))
    #expect(engine.settings.bytesMax == 1 << 19)
    #expect(PromQLEngine(compiler: SeriesPatternCompiler()).settings.bytesMax == 1 << 30)
  }

  @Test(
    "errors of the source reach whoever asks",
    arguments: [
      (SeriesError.unavailable("The store is closed."), EvaluationError.unavailable("The store is closed.")),
      (.limitExceeded("Too much."), .limitExceeded("Too much.")), (.timeout, .timeout), (.cancelled, .cancelled),
    ])
  func sourceErrors(thrown: SeriesError, expected: EvaluationError) throws {
    struct Broken: SeriesSource {
      let error: SeriesError

      func samples(
        _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
        _ body: (SeriesSamples) throws(SeriesError) -> Void
      ) throws(SeriesError) { throw error }

      func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] { throw error }
    }
    let engine = PromQLEngine(compiler: SeriesPatternCompiler())
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse("sum(m)")
    #expect(throws: expected) { try engine.instant(expression, at: 0, over: Broken(error: thrown)) }
  }
}
