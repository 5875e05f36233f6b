/// The thread that sends metrics, samples GPUs and reports the core's warnings.
///
/// A request that fails is not repeated, since the next one carries the same sums.
final class MetricsThread: Sendable {
  private let recording: Recording
  private let configuration: ResolvedConfiguration
  private let resource: [UInt8]
  private let reportWarnings: @Sendable () -> Void
  private let start: UInt64
  private let ends = Signal()

  init(
    recording: Recording, configuration: ResolvedConfiguration, resource: [UInt8],
    reportWarnings: @escaping @Sendable () -> Void
  ) {
    self.recording = recording
    self.configuration = configuration
    self.resource = resource
    self.reportWarnings = reportWarnings
    start = recording.core.unixTime
  }

  /// Asks the thread to send the last values and to end.
  func stop() { ends.set() }

  /// The body of the thread.
  func run() {
    let clock = ContinuousClock()
    let transport = configuration.transport(.metrics)
    var nextMetrics = clock.now + configuration.metricsInterval
    // The first look is early, so that a wrong endpoint is noticed while somebody watches.
    var nextWarnings = clock.now + .seconds(1)
    var nextGPUs = configuration.gpuSnapshotInterval.map { clock.now + $0 }
    while !ends.isSet {
      let due = min(nextMetrics, nextWarnings, nextGPUs ?? nextMetrics)
      _ = ends.wait(max(clock.now.duration(to: due), .zero))
      let now = clock.now
      if now >= nextWarnings {
        reportWarnings()
        nextWarnings = now + .seconds(5)
      }
      if now >= nextMetrics, !ends.isSet {
        sendMetrics(over: transport)
        nextMetrics = max(nextMetrics + configuration.metricsInterval, now)
      }
      if let next = nextGPUs, let interval = configuration.gpuSnapshotInterval, now >= next, !ends.isSet {
        send(GPUMetrics.encode(at: recording.core.unixTime), over: transport)
        nextGPUs = max(next + interval, now)
      }
    }
    sendMetrics(over: transport)
  }

  private func sendMetrics(over transport: any Transport) {
    guard configuration.sendsMetrics else { return }
    let now = recording.core.unixTime
    let operations = recording.llmMetrics?.collect() ?? []
    let metrics =
      operations.map { MetricsEncoder.histograms($0.instrument, $0.series, from: start, at: now) }
      + SDKMetrics.encode(recording.core.statistics, lost: recording.llmMetrics?.lost ?? 0, from: start, at: now)
    send(metrics, over: transport)
  }

  private func send(_ metrics: [[UInt8]], over transport: any Transport) {
    if metrics.isEmpty { return }
    do throws(TransportError) {
      let reply = try transport.send(MetricsEncoder.request(resource: resource, metrics: metrics))
      if reply.verdict != .taken {
        let remedy = Reply.remedy(reply.status, configuration.keyOrigin, hasProxy: configuration.proxy != nil)
        recording.warnings.once(
          "metrics.refused", "the receiver does not take metrics (\(Reply.describe(reply.status)))\(remedy)")
      }
    } catch {
      let again = ends.isSet ? "" : "; the next ones carry the same sums"
      recording.warnings.once("metrics.send", "metrics could not be sent (\(error))\(again)")
    }
  }
}
