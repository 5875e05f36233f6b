import JSON
import Protobuf

/// A signal of OTLP.
package enum OTLPSignal: Sendable, Hashable, CaseIterable {
  case traces, metrics, logs

  /// What the rejected records are called in an OTLP/JSON answer.
  var rejectedName: String {
    switch self {
    case .traces: "rejectedSpans"
    case .metrics: "rejectedDataPoints"
    case .logs: "rejectedLogRecords"
    }
  }
}

/// The answer to an export request: `ExportTraceServiceResponse` and its siblings
/// (https://opentelemetry.io/docs/specs/otlp/#partial-success).
package struct ExportResponse: Sendable, Hashable {
  /// Records that were not taken.
  package let rejectedCount: Int
  /// Why, for the people who run the client; empty when all were taken.
  package let message: String

  package init(rejectedCount: Int = 0, message: String = "") {
    self.rejectedCount = rejectedCount
    self.message = message
  }

  /// "The server MUST leave the partial_success field unset in case of a successful response."
  private var isFull: Bool { rejectedCount == 0 && message.isEmpty }

  package var protobuf: [UInt8] {
    var writer = ProtobufWriter()
    if !isFull {
      writer.message(1) { partial in
        if rejectedCount > 0 { partial.varint(1, UInt64(rejectedCount)) }
        if !message.isEmpty { partial.string(2, message) }
      }
    }
    return writer.bytes
  }

  package func json(of signal: OTLPSignal) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 64)
    writer.object { writer in
      guard !isFull else { return }
      writer.key("partialSuccess")
      writer.object { writer in
        if rejectedCount > 0 { writer.member(signal.rejectedName, String(rejectedCount)) }
        if !message.isEmpty { writer.member("errorMessage", message) }
      }
    }
    return writer.bytes
  }
}

/// A `google.rpc.Status`, the body of an OTLP/HTTP error and the details of a gRPC error
/// (https://opentelemetry.io/docs/specs/otlp/#failures-1).
package struct RPCStatus: Sendable, Hashable {
  /// A gRPC status code, e.g. 3 for INVALID_ARGUMENT.
  package let code: Int32
  package let message: String
  /// When to try again, in milliseconds; nil when a retry does not help. It becomes a `google.rpc.RetryInfo`, which
  /// is how a server tells a client to slow down (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-throttling).
  package let retryDelayMilliseconds: Int?

  package init(code: Int32, message: String, retryDelayMilliseconds: Int? = nil) {
    self.code = code
    self.message = message
    self.retryDelayMilliseconds = retryDelayMilliseconds
  }

  private static let retryInfoType = "type.googleapis.com/google.rpc.RetryInfo"

  package var protobuf: [UInt8] {
    var writer = ProtobufWriter()
    if code != 0 { writer.varint(1, UInt64(bitPattern: Int64(code))) }
    if !message.isEmpty { writer.string(2, message) }
    if let delay = retryDelayMilliseconds {
      writer.message(3) { any in
        any.string(1, Self.retryInfoType)
        any.message(2) { info in
          info.message(1) { duration in
            if delay >= 1000 { duration.varint(1, UInt64(delay / 1000)) }
            if delay % 1000 > 0 { duration.varint(2, UInt64(delay % 1000 * 1_000_000)) }
          }
        }
      }
    }
    return writer.bytes
  }

  package var json: [UInt8] {
    var writer = JSONWriter(reservingCapacity: 128)
    writer.object { writer in
      writer.member("code", code)
      writer.member("message", message)
      guard let delay = retryDelayMilliseconds else { return }
      writer.key("details")
      writer.array { writer in
        writer.object { writer in
          writer.member("@type", Self.retryInfoType)
          let fraction = String(1000 + delay % 1000).dropFirst()
          writer.member("retryDelay", "\(delay / 1000).\(fraction)s")
        }
      }
    }
    return writer.bytes
  }
}
