internal import Synchronization

/// A span of a model's generation or embedding.
///
/// ``recordToken(_:)`` for each token and ``setUsage(input:output:cached:cacheCreation:reasoning:)`` feed its figures,
/// which are added when it ends, beside the limit of attributes and without replacing what was set by hand:
///
/// | attribute | meaning |
/// |---|---|
/// | `gen_ai.usage.output_tokens` | the tokens recorded, unless `setUsage` tells another number |
/// | `gen_ai.response.time_to_first_chunk` | seconds from the start to the first token |
/// | `gen_ai.server.time_per_output_token` | (last token - first token) / (output tokens - 1), seconds |
/// | `axonize.llm.tokens_per_second` | output tokens / (last token - start) |
/// | `axonize.llm.inter_token_latency.p50`, `.p95`, `.p99`, `.max` | of the times between tokens, seconds; exact to 1/32 |
public final class LLMSpan: Span, @unchecked Sendable {  // its one property is constant and Sendable
  private let usage: Mutex<Usage>

  private struct Usage: Sendable {
    var labels: LLMLabels
    var errorType: String?
    var input: Int?
    var output: Int?
  }

  init(
    place: Place, scope: UInt32, name: String, kind: SpanKind, attributes: Attributes, links: [SpanLink],
    startTime: Timestamp?, labels: LLMLabels
  ) {
    usage = Mutex(Usage(labels: labels))
    super.init(
      place: place, scope: scope, name: name, kind: kind, attributes: attributes, links: links,
      startTime: startTime, hasTokens: true)
  }

  /// Notes that tokens arrived now; also in spans that are not sampled, for the metrics.
  ///
  /// - Parameter count: How many came at once; what is below 1 counts as 1.
  public func recordToken(_ count: Int = 1) {
    state.withLock { $0.record.recordTokens(UInt64(max(count, 1))) }
  }

  /// Sets the numbers of tokens that the model's server reports; nil leaves one alone, negative ones are passed over.
  ///
  /// - Parameters:
  ///   - input: `gen_ai.usage.input_tokens`.
  ///   - output: `gen_ai.usage.output_tokens`, instead of the number that was recorded.
  ///   - cached: `gen_ai.usage.cache_read.input_tokens`.
  ///   - cacheCreation: `gen_ai.usage.cache_creation.input_tokens`.
  ///   - reasoning: `gen_ai.usage.reasoning.output_tokens`.
  public func setUsage(
    input: Int? = nil, output: Int? = nil, cached: Int? = nil, cacheCreation: Int? = nil, reasoning: Int? = nil
  ) {
    let counts = [
      ("gen_ai.usage.input_tokens", input), ("gen_ai.usage.output_tokens", output),
      ("gen_ai.usage.cache_read.input_tokens", cached), ("gen_ai.usage.cache_creation.input_tokens", cacheCreation),
      ("gen_ai.usage.reasoning.output_tokens", reasoning),
    ]
    state.withLock { state in
      guard state.record.isLive else { return }
      usage.withLock { usage in
        if let input, input >= 0 { usage.input = input }
        if let output, output >= 0 { usage.output = output }
      }
      for case (let key, let count?) in counts where count >= 0 { state.record.set(key, Int64(count)) }
    }
  }

  /// Sets what the model's server answered: the model, the answer's id, why generation ended.
  public func setResponse(model: String? = nil, id: String? = nil, finishReasons: [String]? = nil) {
    if let model {
      usage.withLock { $0.labels.responseModel = model }
      setAttribute("gen_ai.response.model", model)
    }
    if let id { setAttribute("gen_ai.response.id", id) }
    if let finishReasons { setAttribute("gen_ai.response.finish_reasons", finishReasons) }
  }

  func setErrorType(_ type: String) { usage.withLock { $0.errorType = type } }

  /// Adds the figures and ends the span.
  public override func end(at time: Timestamp? = nil) {
    let given = usage.withLock { $0 }
    var figures = Figures()
    guard finish(at: time, { figures = Self.measure(&$0, given: given.output) }) else { return }
    guard let metrics = Recording.of(core).llmMetrics else { return }
    let end = endTime ?? startTime
    metrics.record(
      LLMRecord(
        labels: given.labels, errorType: given.errorType, duration: max(0, (end - startTime).seconds),
        timeToFirstToken: figures.timeToFirstToken, timePerOutputToken: figures.timePerOutputToken,
        inputTokens: given.input, outputTokens: figures.outputTokens ?? given.output))
  }

  private struct Figures {
    var outputTokens: Int?
    var timeToFirstToken: Double?
    var timePerOutputToken: Double?
  }

  /// Computes the figures and adds them as attributes where the span is sampled.
  private static func measure(_ record: inout SpanRecord, given: Int?) -> Figures {
    guard let times = record.tokenTimes else { return Figures(outputTokens: given) }
    let output = given ?? Int(times.tokens)
    var figures = Figures(outputTokens: output, timeToFirstToken: times.toFirst)
    if times.gaps > 0, output >= 2 { figures.timePerOutputToken = times.firstToLast / Double(output - 1) }
    guard record.isSampled else { return figures }
    record.liftLimits()
    if given == nil, !record.has("gen_ai.usage.output_tokens") {
      record.set("gen_ai.usage.output_tokens", Int64(output))
    }
    add(&record, "gen_ai.response.time_to_first_chunk", times.toFirst)
    if let each = figures.timePerOutputToken { add(&record, "gen_ai.server.time_per_output_token", each) }
    if times.toLast > 0, output > 0 { add(&record, "axonize.llm.tokens_per_second", Double(output) / times.toLast) }
    guard times.gaps > 0 else { return figures }
    for (name, share) in [("p50", 0.50), ("p95", 0.95), ("p99", 0.99)] {
      add(&record, "axonize.llm.inter_token_latency.\(name)", record.tokenGap(quantile: share))
    }
    add(&record, "axonize.llm.inter_token_latency.max", times.gapMax)
    return figures
  }

  /// Adds a figure unless it was set by hand.
  private static func add(_ record: inout SpanRecord, _ key: String, _ value: Double) {
    if !record.has(key) { record.set(key, value) }
  }
}
