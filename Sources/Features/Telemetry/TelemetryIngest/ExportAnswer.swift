import Commit
package import GRPC
import HTTPServer
package import HTTPTypes
import JSON
import Protobuf

/// What a client is told about its export request.
package enum ExportAnswer: Sendable, Equatable {
  /// Its records are stored, but for the rejected ones.
  case stored(rejected: Int, reason: String?)
  /// The message is malformed; sending it again is useless.
  case malformed(String)
  /// The request is too large to be stored as one; sending it again is useless.
  case tooLarge(String)
  /// Nothing is stored; sending it again after the delay may help.
  case retry(GRPCStatus, String, after: Duration)
  /// The store refused the records; sending them again is useless.
  case failed(String)

  init(_ outcome: CommitOutcome, rejected: Int, reason: String?) {
    switch outcome {
    case .committed: self = .stored(rejected: rejected, reason: reason)
    case .unavailable(let message, let delay): self = .retry(.unavailable, message, after: delay)
    case .failed(let message): self = .failed(message)
    }
  }

  /// The answer over gRPC.
  func send(to responder: GRPCResponder) {
    switch self {
    case .stored(let rejected, let reason):
      responder.complete(message: Self.response(rejected: rejected, reason: reason))
    case .malformed(let message): responder.fail(.invalidArgument, message)
    // As a message beyond the limit of its size, without a retry delay: the client is not to send it again.
    case .tooLarge(let message): responder.fail(.resourceExhausted, message)
    case .retry(let code, let message, let delay): responder.fail(code, message, retryAfter: delay)
    case .failed(let message): responder.fail(.internal, message)
    }
  }

  /// The answer over HTTP: an export response, or a `google.rpc.Status` in the encoding of the request.
  ///
  /// What may be retried is 503 with Retry-After rather than 429: the specification allows both, but the official
  /// Python exporter retries only 408 and 5xx and drops the batch on 429.
  package func response(_ signal: ExportSignal, _ encoding: ExportEncoding) -> HTTPResponse {
    switch self {
    case .stored(let rejected, let reason):
      let body =
        switch encoding {
        case .protobuf: Self.response(rejected: rejected, reason: reason)
        case .json: Self.jsonResponse(signal, rejected: rejected, reason: reason)
        }
      return HTTPResponse(contentType: encoding.contentType, body: body)
    case .malformed(let message): return Self.status(400, .invalidArgument, message, encoding)
    case .tooLarge(let message): return Self.status(413, .resourceExhausted, message, encoding)
    case .retry(let code, let message, let delay):
      var response = Self.status(503, code, message, encoding)
      response.fields["retry-after"] = String(max(1, delay.components.seconds))
      return response
    case .failed(let message): return Self.status(500, .internal, message, encoding)
    }
  }

  /// `Export*ServiceResponse`: empty, or with field 1 `partial_success {1: rejected, 2: error_message}`, which all
  /// three signals number alike.
  private static func response(rejected: Int, reason: String?) -> [UInt8] {
    guard rejected > 0 || reason != nil else { return [] }
    var writer = ProtobufWriter()
    writer.message(1) { partial in
      if rejected > 0 { partial.varint(1, UInt64(rejected)) }
      if let reason { partial.string(2, reason) }
    }
    return writer.bytes
  }

  private static func jsonResponse(_ signal: ExportSignal, rejected: Int, reason: String?) -> [UInt8] {
    guard rejected > 0 || reason != nil else { return Array("{}".utf8) }
    var writer = JSONWriter()
    writer.object { answer in
      answer.key("partialSuccess")
      answer.object { partial in
        partial.member(signal.rejectedField, String(rejected))
        if let reason { partial.member("errorMessage", reason) }
      }
    }
    return writer.bytes
  }

  /// A `google.rpc.Status` (OTLP specification, Failures).
  static func status(
    _ status: Int, _ code: GRPCStatus, _ message: String, _ encoding: ExportEncoding
  ) -> HTTPResponse {
    switch encoding {
    case .protobuf:
      var writer = ProtobufWriter()
      writer.varint(1, UInt64(code.rawValue))
      writer.string(2, message)
      return HTTPResponse(status: status, contentType: encoding.contentType, body: writer.bytes)
    case .json:
      var writer = JSONWriter()
      writer.object { answer in
        answer.member("code", Int64(code.rawValue))
        answer.member("message", message)
      }
      return HTTPResponse(status: status, contentType: encoding.contentType, body: writer.bytes)
    }
  }
}
