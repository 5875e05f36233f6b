import GRPC
import HTTPTypes

/// The protocol's side of one request and its response.
///
/// Confined to the loop.
protocol ExchangeTransport: AnyObject {
  /// Asks the client for the body that it holds back (RFC 9110, section 10.1.1).
  func sendContinue()

  /// Whether the body of a response may wait here until the peer has read it; it is counted for the peer if so.
  func hasRoom(forResponse byteCount: Int) -> Bool

  /// Sends a whole response. `contentType` may be empty. Content-length is the length of the body even when the body is
  /// not sent, as for HEAD.
  func send(status: Int, contentType: String, fields: HTTPFields, body: [UInt8], isBodySent: Bool)

  /// Begins a response whose body follows piece by piece; of known length when the fields say so.
  func begin(status: Int, fields: HTTPFields, isBodySent: Bool)

  /// Sends a piece of the body.
  func write(_ bytes: [UInt8])

  /// Ends the body.
  func finish()

  /// Sends the response of a gRPC call: a message, or only a status.
  func sendGRPC(message: [UInt8]?, outcome: GRPCOutcome)

  /// Cuts the message off; the peer must see that it is not whole.
  func abort()

  /// Bytes written but not yet taken by the socket or the peer's window.
  var unsentByteCount: Int { get }

  /// Lets the peer send this many more bytes of the body.
  func bodyTaken(_ byteCount: Int)
}
