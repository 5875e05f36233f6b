import HTTPTypes
import Protobuf

extension SendOutcome {
  /// What a response to an export means (OTLP 1.9, "OTLP/HTTP Response").
  ///
  /// A key that is missing or wrong and an address that is not a receiver's are mended by somebody, and samples wait for
  /// that, though the specification has such a request dropped.
  init(exportStatus status: Int, fields: HTTPFields, body: [UInt8], hasKey: Bool) {
    let isProtobuf = fields["content-type"].map { $0.hasPrefix("application/x-protobuf") } ?? false
    switch status {
    // "The response MUST have the same Content-Type as the request".
    case 200..<300 where Self.isPageOfAnother(fields) || (!isProtobuf && !body.isEmpty && !Self.isJSON(fields)):
      self = .misconfigured(reason: Self.pageReason(status))
    case 200..<300:
      let partial = isProtobuf ? PartialSuccess(body) : PartialSuccess([])
      // A message without rejected points is a warning.
      self = .accepted(rejectedCount: partial.rejectedCount, reason: partial.message)
    // "All other 4xx or 5xx response status codes MUST NOT be retried".
    case 500, 501, 505...:
      let text = isProtobuf ? Self.statusMessage(body) : Self.text(body)
      self = .refused(reason: "the server responds with status \(status)" + (text.isEmpty ? "" : ": \(text)"))
    default:
      let text = isProtobuf ? Self.statusMessage(body) : Self.text(body)
      self = SendOutcome(status: status, fields: fields, text: text, hasKey: hasKey)
    }
  }

  private static func isJSON(_ fields: HTTPFields) -> Bool {
    fields["content-type"].map { $0.lowercased().hasPrefix("application/json") } ?? false
  }

  /// The message of a `google.rpc.Status`; empty where there is none.
  private static func statusMessage(_ body: [UInt8]) -> String {
    // SAFETY: the array's memory lives during the call, and the message is copied.
    unsafe body.withUnsafeBytes { bytes in
      var reader = unsafe ProtobufReader(bytes)
      do throws(ProtobufError) {
        while case let tag = try reader.nextTag(), tag != 0 {
          if tag == ProtobufTag.bytes(2) {
            return visible(unsafe String(decoding: try reader.readBytes(), as: UTF8.self))
          }
          try reader.skip(tag)
        }
      } catch {
        return "its body is damaged (\(error))"
      }
      return ""
    }
  }
}

/// What an export response says of points that were not taken.
private struct PartialSuccess {
  private(set) var rejectedCount = 0
  /// Nil where all is well.
  private(set) var message: String?

  /// - Parameter body: an `ExportMetricsServiceResponse`.
  init(_ body: [UInt8]) {
    // SAFETY: the array's memory lives during the call, and the message is copied.
    unsafe body.withUnsafeBytes { bytes in
      do throws(ProtobufError) {
        var reader = unsafe ProtobufReader(bytes)
        while case let tag = try reader.nextTag(), tag != 0 {
          if tag == ProtobufTag.bytes(1) { try read(reader.readMessage()) } else { try reader.skip(tag) }
        }
      } catch {
        message = "its response is damaged (\(error))"
      }
    }
  }

  private mutating func read(_ partial: ProtobufReader) throws(ProtobufError) {
    var reader = partial
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.varint(1): rejectedCount = max(0, Int(Int64(bitPattern: try reader.readVarint())))
      case ProtobufTag.bytes(2):
        let text = SendOutcome.visible(unsafe String(decoding: try reader.readBytes(), as: UTF8.self))
        message = text.isEmpty ? nil : text
      default: try reader.skip(tag)
      }
    }
    if rejectedCount > 0, message == nil { message = "no reason is given" }
  }
}
