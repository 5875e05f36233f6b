package import Feature

/// Takes requests with samples to a server.
package protocol SampleTransport: Sendable {
  /// Sends a request and waits for the response, for half a minute at most.
  ///
  /// - Parameter request: compressed as ``AgentRequest`` says.
  func send(_ request: AgentRequest) -> SendOutcome

  /// Whether it would send otherwise than the newest request was sent, for instance with another key.
  var isChanged: Bool { get }
}

extension SampleTransport {
  package var isChanged: Bool { false }
}

/// A request with samples as it goes over the line, and again where it was not taken.
package struct AgentRequest: Sendable, Hashable {
  package let format: SampleFormat
  /// Of remote write compressed with snappy, of OTLP with gzip.
  package let bytes: [UInt8]
  package let sampleCount: Int
}

/// What became of a request.
package enum SendOutcome: Sendable, Hashable {
  /// The server has it; how many of its samples it stored, where it says so, or has rejected, and why not all.
  case accepted(storedCount: Int? = nil, rejectedCount: Int = 0, reason: String? = nil)
  /// The server refuses it, and would again: why.
  case refused(reason: String)
  /// The server cannot take it now: why, and when it may be tried again.
  case unavailable(reason: String, retryAfter: Duration? = nil)
  /// The server takes nothing from this agent until somebody changes something: why.
  case misconfigured(reason: String)
}

extension SendOutcome {
  /// What the server has against it; nil for nothing.
  package var problem: String? {
    switch self {
    case .accepted(_, _, let reason): reason
    case .refused(let reason), .misconfigured(let reason), .unavailable(let reason, _): reason
    }
  }
}
