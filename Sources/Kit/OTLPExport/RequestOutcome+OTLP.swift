package import Commit
package import GRPC
package import HTTPServer
package import HTTPTypes
package import OTLP

extension RequestOutcome {
  /// The export response; nil for a request from which nothing was accepted.
  private var response: ExportResponse? {
    switch self {
    case .accepted: ExportResponse()
    case .partial(let rejected, let reason): ExportResponse(rejectedCount: rejected, message: reason)
    case .refused, .retry: nil
    }
  }

  /// The error, and its status over HTTP; nil for a request that was taken.
  ///
  /// What may be retried is 503 with Retry-After rather than 429: the specification allows both, but the official
  /// Python exporter retries only 408 and 5xx and drops the batch on 429.
  private var failure: (httpStatus: Int, error: RPCStatus)? {
    switch self {
    case .accepted, .partial: nil
    case .refused(.malformed, let message): (400, RPCStatus(.invalidArgument, message))
    // As a message beyond the limit of its size, without a retry delay: the client is not to send it again.
    case .refused(.tooLarge, let message): (413, RPCStatus(.resourceExhausted, message))
    case .refused(.notStorable, let message): (500, RPCStatus(.internal, message))
    case .retry(.full, let message, let delay): (503, RPCStatus(.resourceExhausted, message, retryDelay: delay))
    case .retry(.unavailable, let message, let delay): (503, RPCStatus(.unavailable, message, retryDelay: delay))
    }
  }

  /// Responds over gRPC.
  package func send(to responder: GRPCResponder) {
    if let response {
      responder.complete(message: response.protobuf)
    } else if let (_, error) = failure {
      responder.fail(error.code, error.message, retryAfter: error.retryDelay)
    }
  }

  /// The response over HTTP: an export response, or a `google.rpc.Status` in the encoding of the request.
  package func response(_ signal: OTLPSignal, _ encoding: OTLPEncoding) -> HTTPResponse {
    if let (httpStatus, error) = failure { return HTTPResponse(httpStatus, error, encoding) }
    let response = response ?? ExportResponse()
    return HTTPResponse(
      contentType: encoding.contentType, body: encoding == .json ? response.json(of: signal) : response.protobuf)
  }
}

extension HTTPResponse {
  /// An OTLP/HTTP error.
  package init(_ status: Int, _ error: RPCStatus, _ encoding: OTLPEncoding) {
    self.init(status: status, contentType: encoding.contentType, body: encoding == .json ? error.json : error.protobuf)
    if let delay = error.retryDelay { fields["retry-after"] = String(max(1, delay.components.seconds)) }
  }
}
