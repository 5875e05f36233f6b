import HTTP1
package import HTTPTypes

/// A client for commands: one connection a request, and the calling thread waits.
///
/// Not for servers; those have a client on the event loop.
package struct BlockingHTTPClient: Sendable {
  private let server: ServerURL
  private let connectTimeout: Duration
  private let idleTimeout: Duration

  /// The most bytes of the body of a response that is returned whole.
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

  /// Sends a request and returns the whole response.
  package func send(
    _ request: BlockingHTTPRequest
  ) throws(BlockingHTTPError) -> (status: Int, fields: HTTPFields, body: [UInt8]) {
    var body: [UInt8] = []
    let head = try stream(request, bodyBytesMax: Self.bodyBytesMax) { _, part in
      body += part
      return true
    }
    return (head.status, head.fields, body)
  }

  /// Sends a request and hands the status and the parts of the response's body on as they come, until `receive` returns
  /// false.
  @discardableResult
  package func stream(
    _ request: BlockingHTTPRequest, bodyBytesMax: Int = .max, receive: (Int, ArraySlice<UInt8>) -> Bool
  ) throws(BlockingHTTPError) -> BlockingHTTPResponseHead {
    let connection = try BlockingConnection.open(server, timeout: connectTimeout)
    do {
      var writer = HeadWriter()
      try writer.request(
        method: request.method, target: server.path + request.target, host: server.authority, fields: request.fields,
        framing: request.body.map { .length($0.count) } ?? .none, isKeepAlive: false)
      try connection.send(writer.bytes + (request.body ?? []), timeout: idleTimeout)
      return try response(connection, request.method, bodyBytesMax, receive)
    } catch let error as BlockingHTTPError {
      throw error
    } catch {
      throw BlockingHTTPError(kind: .protocolBroken, reason: "\(error)")
    }
  }

  private func response(
    _ connection: borrowing BlockingConnection, _ method: HTTPMethod, _ bodyBytesMax: Int,
    _ receive: (Int, ArraySlice<UInt8>) -> Bool
  ) throws -> BlockingHTTPResponseHead {
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
          return BlockingHTTPResponseHead(status: status, fields: fields)
        }
        continue
      }
      guard let more = try connection.receive(timeout: idleTimeout) else {
        throw BlockingHTTPError(kind: .protocolBroken, reason: "the connection ended before a response")
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

/// A request of a command.
package struct BlockingHTTPRequest: Sendable {
  package let method: HTTPMethod
  /// Path and query, percent-encoded.
  package let target: String
  package let fields: HTTPFields
  /// Nil for a request without a body.
  package let body: [UInt8]?

  package init(_ method: HTTPMethod, _ target: String, fields: HTTPFields = [:], body: [UInt8]? = nil) {
    self.method = method
    self.target = target
    self.fields = fields
    self.body = body
  }
}

/// What comes before the body of a response.
package struct BlockingHTTPResponseHead: Sendable {
  package let status: Int
  package let fields: HTTPFields

  package init(status: Int, fields: HTTPFields) {
    self.status = status
    self.fields = fields
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
    /// The connection broke, or what was received is not HTTP.
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
