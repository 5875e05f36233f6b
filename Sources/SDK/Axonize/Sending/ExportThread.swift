/// Takes batches from a core and sends them, again where the receiver asks for it or cannot be reached.
///
/// For receivers over TLS; without it the core's own thread sends.
final class ExportThread: Sendable {
  private let core: CoreHandle
  private let configuration: ResolvedConfiguration
  private let report: SendingReport
  /// Set: one attempt with each batch, and no pauses.
  private let hurries = Signal()
  private let ends = Signal()

  private static let retries = 6
  private static let backoffFirst = 1.0
  private static let backoffLast = 30.0

  init(core: CoreHandle, configuration: ResolvedConfiguration, report: SendingReport) {
    self.core = core
    self.configuration = configuration
    self.report = report
  }

  /// From now on makes one attempt with each batch and waits for nothing.
  func stopRetrying() { hurries.set() }

  /// Asks the thread to end after its present attempt.
  func stop() {
    hurries.set()
    ends.set()
  }

  /// The body of the thread.
  func run() {
    let report = report
    let transport = configuration.transport(.traces) { report.note(.compression, "no library") }
    while !ends.isSet {
      guard let batch = core.drain(hurries.isSet ? .milliseconds(250) : .seconds(1)) else { continue }
      send(batch.request, spans: batch.spans, over: transport)
    }
  }

  private func send(_ body: [UInt8], spans: Int, over transport: any Transport) {
    var attempt = 0
    while true {
      var asked: Duration?
      do throws(TransportError) {
        let reply = try transport.send(body)
        switch reply.verdict {
        case .taken:
          let rejected = min(PartialSuccess.rejected(reply.body), spans)
          if rejected > 0 { report.note(.partial, Reply.describe(reply.status)) }
          return core.settle(
            exported: spans - rejected, failed: 0, rejected: rejected, sentBytes: reply.sentBytes, retries: attempt)
        case .later:
          report.note(.unreachable, Reply.describe(reply.status))
          asked = reply.retryAfter
        case .refused:
          report.note(.refused, Reply.describe(reply.status), status: reply.status)
          return core.settle(exported: 0, failed: spans, retries: attempt)
        }
      } catch {
        report.note(error.isForeign ? .foreign : .unreachable, error.description)
      }
      if attempt >= Self.retries || hurries.isSet { return core.settle(exported: 0, failed: spans, retries: attempt) }
      // Full jitter: clients that failed together do not come back together.
      let longest = min(Self.backoffFirst * Double(1 << attempt), Self.backoffLast)
      _ = hurries.wait(asked ?? .seconds(Double.random(in: 0...longest)))
      attempt += 1
    }
  }
}
