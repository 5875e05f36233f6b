import JSON
import Protobuf

/// A `google.rpc.Status`: the details of a gRPC error, and the body of an OTLP/HTTP error
/// (https://opentelemetry.io/docs/specs/otlp/#failures-1).
package struct RPCStatus: Sendable, Hashable {
  package let code: GRPCStatus
  package let message: String
  /// When to try again; nil when a retry does not help.
  ///
  /// It becomes a `google.rpc.RetryInfo`, which is how a server tells a client to slow down
  /// (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-throttling).
  package let retryDelay: Duration?

  package init(_ code: GRPCStatus, _ message: String, retryDelay: Duration? = nil) {
    self.code = code
    self.message = message
    self.retryDelay = retryDelay
  }

  private static let retryInfoType = "type.googleapis.com/google.rpc.RetryInfo"

  package var protobuf: [UInt8] {
    var writer = ProtobufWriter(reservingCapacity: 128)
    if code != .ok { writer.varint(1, UInt64(code.rawValue)) }
    if !message.isEmpty { writer.string(2, message) }
    if let (seconds, attoseconds) = retryDelay?.components {
      writer.message(3) { any in
        any.string(1, Self.retryInfoType)
        any.message(2) { info in
          info.message(1) { duration in
            if seconds != 0 { duration.varint(1, UInt64(bitPattern: seconds)) }
            if attoseconds != 0 { duration.varint(2, UInt64(bitPattern: attoseconds / 1_000_000_000)) }
          }
        }
      }
    }
    return writer.bytes
  }

  package var json: [UInt8] {
    var writer = JSONWriter(reservingCapacity: 128)
    writer.object { writer in
      writer.member("code", Int64(code.rawValue))
      writer.member("message", message)
      guard let (seconds, attoseconds) = retryDelay?.components else { return }
      writer.key("details")
      writer.array { writer in
        writer.object { writer in
          writer.member("@type", Self.retryInfoType)
          let fraction = String(1_000 + attoseconds / 1_000_000_000_000_000).dropFirst()
          writer.member("retryDelay", "\(seconds).\(fraction)s")
        }
      }
    }
    return writer.bytes
  }
}
