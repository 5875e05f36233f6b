internal import Synchronization

/// What goes wrong with sending, told once for each kind, and at the end how many spans were lost.
final class SendingReport: Sendable {
  /// What may go wrong; the numbers are those of the core's warnings.
  enum Kind: UInt32, CaseIterable {
    case unreachable = 1
    case refused = 2
    case partial = 4
    case compression = 8
    case queueFull = 16
    case foreign = 32
  }

  /// The receiver, without secrets.
  private let target: String
  /// What gave the key of requests; nil where none is sent.
  private let keyOrigin: String?
  private let hasProxy: Bool
  private let warnings: Warnings
  private let reasons = Mutex<[Kind: String]>([:])
  /// Set when the process has no time left to send anything again.
  let isEnding = Signal()

  init(_ configuration: ResolvedConfiguration, _ warnings: Warnings) {
    let through = configuration.proxy.map { " through the proxy \($0)" } ?? ""
    target = "\(configuration.endpoint.authority)\(through)"
    keyOrigin = configuration.keyOrigin
    hasProxy = configuration.proxy != nil
    self.warnings = warnings
  }

  /// Tells of a failure.
  func note(_ kind: Kind, _ reason: String, status: UInt32 = 0) {
    reasons.withLock { $0[kind] = reason }
    warnings.once("export.\(kind)", message(kind, reason, status))
  }

  private func message(_ kind: Kind, _ reason: String, _ status: UInt32) -> String {
    let kept = isEnding.isSet ? "" : "; spans are kept as far as memory allows and sent again"
    return switch kind {
    case .unreachable: "the receiver at \(target) cannot be reached (\(reason))\(kept)"
    case .refused:
      "the receiver at \(target) refused spans (\(reason)); they are dropped\(Reply.remedy(status, keyOrigin, hasProxy: hasProxy))"
    case .partial: "the receiver at \(target) took a part of the spans only (\(reason))"
    case .compression: "no library for the compression that was asked for; spans go to \(target) without"
    case .foreign:
      """
      the receiver at \(target) does not speak gRPC; if it takes OTLP over HTTP there, set exportProtocol to \
      .httpProtobuf or AXONIZE_PROTOCOL to http/protobuf\(kept)
      """
    case .queueFull: "spans come faster than \(target) takes them, and some are dropped"
    }
  }

  /// Tells what a core noted.
  func report(_ core: CoreHandle) {
    var (bits, status, error) = core.takeWarnings()
    // One clear word; that nothing arrives follows from it.
    if bits & Kind.foreign.rawValue != 0 { bits &= ~Kind.unreachable.rawValue }
    let reason =
      status != 0 ? Reply.describe(status) : error != 0 ? TransportError(code: error).description : "no answer"
    for kind in Kind.allCases where bits & kind.rawValue != 0 { note(kind, reason, status: status) }
  }

  /// Tells how many of the spans that ended before the end began did not arrive, and why.
  func reportLost(_ now: Axonize.Statistics, ended: Int) {
    let lost = ended - now.exported
    if lost <= 0 { return }
    let known = reasons.withLock { $0[.refused] ?? $0[.unreachable] ?? $0[.foreign] } ?? "no answer in time"
    let unsent = lost - now.droppedQueueFull - now.droppedTooLarge - now.rejected
    let parts = [
      (unsent, "\(target) did not take them (\(known))"), (now.droppedQueueFull, "the queue was full"),
      (now.rejected, "\(target) rejected them"), (now.droppedTooLarge, "they were too large"),
    ].filter { $0.0 > 0 }.map { "\($0.0) because \($0.1)" }
    warnings.once("lost", "\(lost) of \(ended) spans were lost: \(parts.joined(separator: ", "))")
  }
}
