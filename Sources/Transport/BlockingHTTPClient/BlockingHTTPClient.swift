import HTTP1
package import HTTPTypes

/// A client for commands: one connection a request, and the calling thread waits.
///
/// Not for servers; those have a client on the event loop.
package struct BlockingHTTPClient: Sendable {
  private let server: ServerURL
  private let connectTimeout: Duration
  private let idleTimeout: Duration

  /// The most bytes of a body that is answered as a whole.
  package static let bodyBytesMax = 256 << 20

  /// - Parameters:
  ///   - connectTimeout: for each address of the host.
  ///   - idleTimeout: for which the server may be silent.
  package init(
    server: ServerURL, connectTimeout: Duration = .seconds(5), idleTimeout: Duration = .seconds(60)
  ) {
    self.server = server
    self.connectTimeout = connectTimeout
    self.idleTimeout = idleTimeout
  }

  /// Sends a request without a body and returns the whole answer.
  ///
  /// - Parameter target: path and query, percent-encoded.
  package func send(
    _ method: HTTPMethod = .get, _ target: String, fields: HTTPFields = [:]
  ) throws(BlockingHTTPError) -> (status: Int, fields: HTTPFields, body: [UInt8]) {
    var body: [UInt8] = []
    let head = try stream(method, target, fields: fields, bodyBytesMax: Self.bodyBytesMax) { _, part in
      body += part
      return true
    }
    return (head.status, head.fields, body)
  }

  /// Sends a request without a body and hands the answer's status and the parts of its body on as they come, until
  /// `receive` answers false.
  @discardableResult
  package func stream(
    _ method: HTTPMethod = .get, _ target: String, fields: HTTPFields = [:], bodyBytesMax: Int = .max,
    receive: (Int, ArraySlice<UInt8>) -> Bool
  ) throws(BlockingHTTPError) -> (status: Int, fields: HTTPFields) {
    let connection = try BlockingConnection.open(server, timeout: connectTimeout)
    do {
      var writer = HeadWriter()
      try writer.request(
        method: method, target: server.path + target, host: server.authority, fields: fields, framing: .none,
        isKeepAlive: false)
      try connection.send(writer.bytes, timeout: idleTimeout)
      return try answer(connection, method, bodyBytesMax, receive)
    } catch let error as BlockingHTTPError {
      throw error
    } catch {
      throw BlockingHTTPError(kind: .protocolBroken, reason: "\(error)")
    }
  }

  private func answer(
    _ connection: borrowing BlockingConnection, _ method: HTTPMethod, _ bodyBytesMax: Int,
    _ receive: (Int, ArraySlice<UInt8>) -> Bool
  ) throws -> (status: Int, fields: HTTPFields) {
    var parser = ResponseHeadParser()
    var search = HeadSearch()
    var bytes: [UInt8] = []
    while true {
      if try parser.parse(bytes.span, method: method == .head ? .head : .get, search: &search) {
        let isInterim = parser.head.isInterim
        let fields = parser.head.fields.fields(in: bytes.span)
        bytes.removeFirst(parser.head.byteCount)
        search = HeadSearch()
        guard isInterim else {
          let status = parser.head.status
          let reader = try MessageBodyReader(parser.head.framing, bodyBytesMax: bodyBytesMax)
          try body(connection, reader, bytes) { receive(status, $0) }
          return (status, fields)
        }
        continue
      }
      guard let more = try connection.receive(timeout: idleTimeout) else {
        throw BlockingHTTPError(kind: .protocolBroken, reason: "the connection ended before an answer")
      }
      bytes += more
    }
  }

  private func body(
    _ connection: borrowing BlockingConnection, _ reader: MessageBodyReader, _ first: [UInt8],
    _ receive: (ArraySlice<UInt8>) -> Bool
  ) throws {
    var reader = reader
    var bytes = first
    while true {
      var offset = 0
      reading: while true {
        switch try reader.next(bytes.span, from: &offset) {
        case .data(let part): if !receive(bytes[part]) { return }
        case .end: return
        case .needsMore: break reading
        }
      }
      bytes.removeFirst(offset)
      guard let more = try connection.receive(timeout: idleTimeout) else { return try reader.finishAtClose() }
      bytes += more
    }
  }
}

/// Why a request came to nothing.
package struct BlockingHTTPError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  package enum Kind: Sendable {
    /// No connection could be made.
    case unreachable
    /// The server did not say anything for too long.
    case timeout
    /// The connection broke, or what came is no HTTP.
    case protocolBroken
  }

  package let kind: Kind
  package let reason: String

  package init(kind: Kind, reason: String) {
    self.kind = kind
    self.reason = reason
  }

  package var description: String { reason }
}
