package import HTTP1
package import System
package import TLS

/// Why a request got no whole response.
package enum HTTPClientError: Error, Sendable, CustomStringConvertible {
  /// What took too long.
  package enum Phase: String, Sendable, Hashable {
    case connection = "a connection"
    case response = "a response"
    case body = "more of the body"
  }

  case nameNotFound(NameError)
  case unreachable(HTTPOrigin, SystemError)
  case insecure(HTTPOrigin, TLSError)
  /// The server ended the connection in the TLS handshake.
  case handshakeEnded(HTTPOrigin)
  /// The client was made without a TLS context.
  case securityMissing(HTTPOrigin)
  case timedOut(HTTPOrigin, Phase)
  /// The connection ended before the response did.
  case connectionClosed(HTTPOrigin)
  case broken(HTTPOrigin, SystemError)
  /// The server does not speak HTTP/1.1, or the request cannot be written.
  case malformed(HTTPOrigin, HTTP1Error)
  case bodyTooLarge(limitBytes: Int)
  /// A streamed body was longer or shorter than it said.
  case bodyLengthWrong(HTTPOrigin)
  /// Too many requests wait for a connection already.
  case overloaded(HTTPOrigin, waitingCountMax: Int)
  case shutDown

  package var description: String {
    switch self {
    case .nameNotFound(let error): "\(error)"
    case .unreachable(let origin, let error): "cannot connect to \(origin): \(error)"
    case .insecure(let origin, let error): "cannot trust \(origin): \(error)"
    case .handshakeEnded(let origin):
      "\(origin) ended the connection in the TLS handshake; the URL of a server without TLS begins with http://"
    case .securityMissing(let origin): "\(origin) needs TLS, which this client was made without"
    case .timedOut(let origin, let phase): "\(origin) did not give \(phase.rawValue) in time"
    case .connectionClosed(let origin): "\(origin) closed the connection before the response was complete"
    case .broken(let origin, let error): "the connection to \(origin) broke: \(error)"
    case .malformed(let origin, let error): "the exchange with \(origin) is not valid HTTP/1.1: \(error)"
    case .bodyTooLarge(let limitBytes): "the response is larger than the limit of \(limitBytes) bytes"
    case .bodyLengthWrong(let origin): "the body sent to \(origin) is not as long as its length said"
    case .overloaded(let origin, let waitingCountMax):
      "\(waitingCountMax) requests to \(origin) wait for a connection already; send it again later"
    case .shutDown: "the client is shut down"
    }
  }
}
