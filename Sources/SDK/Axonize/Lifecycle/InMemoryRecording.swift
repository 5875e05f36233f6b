/// A recording whose spans stay in memory, for tests; the product AxonizeTesting is its face.
package final class InMemoryRecording: Sendable {
  private let recording: Recording

  /// Makes a recording of its own, beside that of the program.
  ///
  /// - Parameters:
  ///   - configuration: Limits, the sampler, what content is captured and attributes of the resource count; the
  ///     environment does not.
  ///   - countsIDs: Ids count from 1.
  ///   - time: What every clock shows, in nanoseconds since 1970; nil: the system's clocks.
  package init(_ configuration: Axonize.Configuration, countsIDs: Bool, time: UInt64?) {
    let warnings = Warnings(handler: configuration.warningHandler)
    let resolved = ResolvedConfiguration(configuration, Environment(variable: { _ in nil }, warnings: warnings))
    var resource = resolved.resourceAttributes
    if resource["service.name"] == nil { resource["service.name"] = .string(resolved.serviceName ?? "test") }
    var settings = CoreSettings()
    settings.resource = ProcessResource.encode(resource)
    settings.limits = resolved.limits
    settings.sampler = resolved.sampler
    settings.slots = configuration.queueSize ?? 4096
    settings.interval = .seconds(3600)
    guard let core = settings.makeCore() else { fatalError("axonize: memory is out") }
    if countsIDs { core.setFixedIDs(1) }
    if let time { core.setFixedClock(time) }
    recording = Recording(
      core: core, content: resolved.content, resource: resource, llmMetrics: LLMMetrics(), warnings: warnings)
    Recording.register(recording)
  }

  /// What spans are under so that they are recorded here.
  private var boundary: Span { Span(core: recording.core, isBound: true, standingFor: nil) }

  /// Does work whose spans are recorded here, those of child tasks too.
  package func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Span.$active.withValue(boundary, operation: body)
  }

  /// As the other one, for work that may wait.
  package func run<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async rethrows -> Result {
    try await Span.$active.withValue(boundary, operation: body, isolation: isolation)
  }

  /// The spans that have ended since the last call, as encoded ExportTraceServiceRequests.
  package func drain() -> [[UInt8]] {
    var requests: [[UInt8]] = []
    while let batch = recording.core.drain(.zero) {
      recording.core.settle(exported: batch.spans, failed: 0)
      requests.append(batch.request)
    }
    return requests
  }

  /// Stops the clocks at a time, in nanoseconds since 1970.
  package func setTime(_ time: UInt64) { recording.core.setFixedClock(time) }

  /// Counters of what was recorded here.
  package var statistics: Axonize.Statistics { recording.core.statistics }

  /// Ends the recording: spans of afterwards are dropped.
  package func close() {
    recording.core.close()
    recording.core.discard()
    recording.core.releaseQueue()
  }

  /// The series of LLM metrics, for this package's own tests.
  package var llmSeries: [(name: String, attributes: Attributes, count: Int, sum: Double)] {
    (recording.llmMetrics?.collect() ?? []).flatMap { instrument, series in
      series.map { (instrument.rawValue, $0.key, Int($0.value.count), $0.value.sum) }
    }
  }
}
