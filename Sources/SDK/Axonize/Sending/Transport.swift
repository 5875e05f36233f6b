internal import CAxonizeCore
internal import Glibc

/// An error without an answer of the receiver.
struct TransportError: Error, CustomStringConvertible {
  var description: String
  /// gRPC was asked for, and the receiver speaks no HTTP/2.
  var isForeign = false

  init(_ description: String) { self.description = description }

  /// The text of an errno value.
  init(code: Int32) {
    // Also what the core makes of a name that nobody knows.
    if code == EHOSTUNREACH {
      description = "there is no such host, or no way to it"
      return
    }
    // SAFETY: strerror(3) gives a text that is valid until the next call on this thread, and is copied here.
    description = unsafe String(cString: strerror(code))
  }

  /// The receiver speaks something else than gRPC.
  static var foreign: TransportError {
    var error = TransportError("it does not speak gRPC")
    error.isForeign = true
    return error
  }
}

/// The answer to one attempt.
struct Reply: Sendable {
  /// What the receiver says of the request.
  enum Verdict: Sendable {
    case taken
    /// To be sent again.
    case later
    case refused
  }

  var verdict: Verdict
  /// Of HTTP, from 100 on, or of gRPC, below.
  var status: UInt32
  /// What the receiver asks to wait before the next attempt.
  var retryAfter: Duration?
  var body: [UInt8]
  /// Bytes of the request's body as sent.
  var sentBytes: Int

  /// A receiver may not silence its clients for longer than this.
  static let retryAfterMax = Duration.seconds(300)

  /// What to do about a refusal, to follow what is said of it; empty where nobody knows.
  static func remedy(_ status: UInt32, _ keyOrigin: String?, hasProxy: Bool) -> String {
    switch status {
    case 407: return "; the proxy asks for a name and password, as in http://name:password@host:port"
    // gRPC's UNAUTHENTICATED and PERMISSION_DENIED are 401 and 403.
    case 401, 403, 16, 7:
      let orProxy = hasProxy ? "; or the proxy refuses" : ""
      guard let keyOrigin else { return "; no API key was sent: set AXONIZE_API_KEY or apiKey\(orProxy)" }
      let reasons = "is it revoked, of another server, or not allowed to ingest?"
      return "; it does not accept the key of \(keyOrigin): \(reasons)\(orProxy)"
    default: return ""
    }
  }

  /// A status as people know it.
  static func describe(_ status: UInt32) -> String {
    status >= 100 ? "HTTP \(status)" : "gRPC \(Int(status) < codes.count ? codes[Int(status)] : "\(status)")"
  }

  /// The names of gRPC's status codes, by their numbers.
  ///
  /// https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
  private static let codes = [
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
  ]
}

extension Reply.Verdict {
  /// Of the core's number.
  init(_ number: UInt32) {
    switch number {
    case UInt32(AXZ_VERDICT_TAKEN): self = .taken
    case UInt32(AXZ_VERDICT_LATER): self = .later
    default: self = .refused
    }
  }
}

/// Carries encoded requests to one receiver, one at a time; one thread uses it.
///
/// For what the core does not send itself: everything over TLS, and metrics.
protocol Transport {
  /// Makes one attempt; throws when there is no answer.
  func send(_ body: [UInt8]) throws(TransportError) -> Reply
}

extension ResolvedConfiguration {
  /// The transport of spans or of metrics.
  func transport(
    _ signal: Endpoint.Signal, onMissingCompression: @escaping @Sendable () -> Void = {}
  ) -> any Transport {
    switch exportProtocol {
    case .grpc: GRPCTransport(self, signal, onMissingCompression: onMissingCompression)
    case .httpProtobuf: HTTPTransport(self, signal, onMissingCompression: onMissingCompression)
    }
  }

  /// Where a signal goes at the receiver: a path, over gRPC a method.
  func path(of signal: Endpoint.Signal) -> String {
    switch (exportProtocol, signal) {
    case (.grpc, _): signal.method
    case (.httpProtobuf, .traces): endpoint.tracesPath
    case (.httpProtobuf, .metrics): endpoint.metricsPath
    }
  }
}

/// A point of the monotonic clock by which something has to be done.
struct Deadline: Sendable {
  private let tick: UInt64

  init(after duration: Duration) { tick = axz_clock(CLOCK_MONOTONIC) &+ duration.nanoseconds }

  var hasPassed: Bool { axz_clock(CLOCK_MONOTONIC) >= tick }

  /// What is left of the time.
  var left: Duration {
    let now = axz_clock(CLOCK_MONOTONIC)
    return now >= tick ? .zero : .nanoseconds(Int64(clamping: tick - now))
  }

  /// Milliseconds that are left, for poll(2).
  var milliseconds: Int32 {
    let now = axz_clock(CLOCK_MONOTONIC)
    return now >= tick ? 0 : Int32(clamping: (tick - now) / 1_000_000 + 1)
  }
}
