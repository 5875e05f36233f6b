import Commit
package import GRPC
import HTTPServer
package import HTTPTypes
package import OTLP

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
      responder.complete(message: ExportResponse(rejectedCount: rejected, message: reason ?? "").protobuf)
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
  package func response(_ signal: OTLPSignal, _ encoding: OTLPEncoding) -> HTTPResponse {
    switch self {
    case .stored(let rejected, let reason):
      let response = ExportResponse(rejectedCount: rejected, message: reason ?? "")
      return HTTPResponse(
        contentType: encoding.contentType, body: encoding == .json ? response.json(of: signal) : response.protobuf)
    case .malformed(let message): return Self.status(400, .invalidArgument, message, encoding)
    case .tooLarge(let message): return Self.status(413, .resourceExhausted, message, encoding)
    case .retry(let code, let message, let delay):
      var response = Self.status(503, code, message, retryDelay: delay, encoding)
      response.fields["retry-after"] = String(max(1, delay.components.seconds))
      return response
    case .failed(let message): return Self.status(500, .internal, message, encoding)
    }
  }

  /// An OTLP/HTTP error.
  static func status(
    _ status: Int, _ code: GRPCStatus, _ message: String, retryDelay: Duration? = nil, _ encoding: OTLPEncoding
  ) -> HTTPResponse {
    let error = RPCStatus(code, message, retryDelay: retryDelay)
    return HTTPResponse(
      status: status, contentType: encoding.contentType, body: encoding == .json ? error.json : error.protobuf)
  }
}
