internal import Synchronization

/// What the series of LLM metrics differ in.
struct LLMLabels: Sendable, Hashable {
  var operation: String
  var provider: String?
  var requestModel: String?
  var responseModel: String?
  var serverAddress: String?
  var serverPort: Int?
}

/// A finished LLM operation; times in seconds, nil where unknown.
struct LLMRecord: Sendable, Equatable {
  var labels: LLMLabels
  var errorType: String?
  var duration: Double
  var timeToFirstToken: Double?
  var timePerOutputToken: Double?
  var inputTokens: Int?
  var outputTokens: Int?
}

/// Histograms over all LLM operations of the process, sampled or not (OpenTelemetry's GenAI conventions, metrics).
final class LLMMetrics: Sendable {
  private struct State {
    var pending: [LLMRecord] = []
    var series: [Instrument: [Attributes: Histogram]] = [:]
    var lost = 0
  }

  private let state = Mutex(State())

  /// Records that wait for the metrics thread; more are counted as lost.
  private static let pendingMax = 65536
  /// Series of one instrument; attributes come from the program, so their number is bounded.
  private static let seriesMax = 1000

  /// Takes a record, on the thread that ends the span.
  func record(_ record: LLMRecord) {
    state.withLock { state in
      if state.pending.count < Self.pendingMax { state.pending.append(record) } else { state.lost += 1 }
    }
  }

  /// Records that were not counted because too many waited.
  var lost: Int { state.withLock { $0.lost } }

  /// Counts what waits; the series since the start, in the order of the instruments.
  func collect() -> [(instrument: Instrument, series: [Attributes: Histogram])] {
    state.withLock { state in
      for record in state.pending { Self.count(record, &state.series) }
      state.pending.removeAll(keepingCapacity: true)
      return Instrument.allCases.compactMap { instrument in state.series[instrument].map { (instrument, $0) } }
    }
  }

  private static func count(_ record: LLMRecord, _ series: inout [Instrument: [Attributes: Histogram]]) {
    var attributes = Attributes()
    attributes.add("gen_ai.operation.name", record.labels.operation)
    attributes.add("gen_ai.provider.name", record.labels.provider)
    attributes.add("gen_ai.request.model", record.labels.requestModel)
    attributes.add("gen_ai.response.model", record.labels.responseModel)
    attributes.add("server.address", record.labels.serverAddress)
    attributes.add("server.port", record.labels.serverPort)
    func add(_ instrument: Instrument, _ attributes: Attributes, _ value: Double) {
      var key = attributes
      let known = series[instrument, default: [:]]
      // OpenTelemetry's overflow series (specification of the metrics SDK, "Cardinality limits").
      if known[key] == nil, known.count >= seriesMax { key = ["otel.metric.overflow": true] }
      series[instrument, default: [:]][key, default: Histogram(bounds: instrument.bounds)].record(value)
    }
    var failed = attributes
    failed.add("error.type", record.errorType)
    add(.duration, failed, record.duration)
    for (kind, tokens) in [("input", record.inputTokens), ("output", record.outputTokens)] {
      guard let tokens else { continue }
      var typed = attributes
      typed.add("gen_ai.token.type", kind)
      add(.tokens, typed, Double(tokens))
    }
    if let first = record.timeToFirstToken { add(.timeToFirstToken, attributes, first) }
    if let each = record.timePerOutputToken { add(.timePerOutputToken, attributes, each) }
  }

  /// A metric with its unit and the bounds of its buckets.
  enum Instrument: String, CaseIterable {
    case duration = "gen_ai.client.operation.duration"
    case tokens = "gen_ai.client.token.usage"
    case timeToFirstToken = "gen_ai.server.time_to_first_token"
    case timePerOutputToken = "gen_ai.server.time_per_output_token"

    var unit: String { self == .tokens ? "{token}" : "s" }

    var summary: String {
      switch self {
      case .duration: "Duration of a GenAI operation"
      case .tokens: "Tokens used in a GenAI operation"
      case .timeToFirstToken: "Time to the first token"
      case .timePerOutputToken: "Time per output token after the first"
      }
    }

    var bounds: [Double] {
      switch self {
      case .duration: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
      case .tokens: (0..<14).map { Double(1 << (2 * $0)) }
      case .timeToFirstToken:
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]
      case .timePerOutputToken: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5]
      }
    }
  }
}

/// Counts of one series between fixed bounds; a value equal to a bound is in the bucket below it.
struct Histogram: Sendable {
  let bounds: [Double]
  private(set) var counts: [UInt64]
  private(set) var count: UInt64 = 0
  private(set) var sum = 0.0
  private(set) var least = 0.0
  private(set) var greatest = 0.0

  init(bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  mutating func record(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    least = count == 0 ? value : min(least, value)
    greatest = count == 0 ? value : max(greatest, value)
    count += 1
    sum += value
  }
}
