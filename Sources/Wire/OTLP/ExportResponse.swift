import JSON
import Protobuf

/// The response to an export request: `ExportTraceServiceResponse` and its siblings
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

  /// Whether everything was taken.
  ///
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
