package import HTTP1
package import HTTPTypes
package import System

/// The protocol that a request came by.
package enum HTTPVersion: Sendable, Hashable { case http1, http2 }

/// The head of a request as the router sees it.
///
/// Its memory is used again, so it is valid only during the call.
///
/// Comparisons look at bytes; only what ends in `Text` or returns a `String` allocates.
package final class RequestView {
  package internal(set) var version: HTTPVersion = .http1
  /// The address of the client.
  package let peer: SocketAddress
  /// Which of the server's listeners accepted the connection.
  package let listener: Int
  /// Which loop the connection lives on.
  package let loopIndex: Int
  /// Whether the connection is encrypted.
  package let isTLS: Bool
  /// Set by a router whose request carries valid credentials; its connection then counts as authenticated.
  package var isAuthenticated = false
  private(set) var knownMethod: RequestMethod = .other
  private var bytes: [UInt8] = []
  private var entries: [HeadFields.Field] = []
  private var methodToken: ByteRange = .empty
  private var pathRange: ByteRange = .empty
  private var queryRange: ByteRange = .empty
  private var authority: ByteRange = .empty

  init(peer: SocketAddress, listener: Int, loopIndex: Int, isTLS: Bool) {
    self.peer = peer
    self.listener = listener
    self.loopIndex = loopIndex
    self.isTLS = isTLS
  }

  /// Whether the path is some text, byte for byte.
  package func isPath(_ text: StaticString) -> Bool { equals(pathRange, text) }

  /// Whether the path begins with some text.
  package func hasPathPrefix(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    return Int(pathRange.count) >= count && equals(ByteRange(start: pathRange.start, count: UInt32(count)), text)
  }

  /// Whether a tunnel is asked for, which has no path.
  package var isConnect: Bool { if case .connect = knownMethod { true } else { false } }

  /// The path, percent-encoded as it came; `*` of `OPTIONS *`.
  package var path: String { text(pathRange) }

  /// The query without `?`, percent-encoded as it came.
  package var query: String { text(queryRange) }

  /// The host that the client asked for.
  package var authorityText: String { text(authority) }

  /// The value of the first field with a name that the parser knows.
  package func field(_ id: FieldID) -> String? { range(id).map(text) }

  /// The value of the first field with a name.
  package func field(_ name: StaticString) -> String? {
    for field in entries where isEqual(field.name, name) {
      return text(field.value)
    }
    return nil
  }

  /// The values of all fields with a name.
  package func values(_ name: StaticString) -> [String] {
    var values: [String] = []
    for field in entries where isEqual(field.name, name) { values.append(text(field.value)) }
    return values
  }

  /// Whether a field has some value, without regard to case.
  package func isValue(_ id: FieldID, _ text: StaticString) -> Bool {
    range(id).map { isEqual($0, text) } ?? false
  }

  /// Whether a field's value begins with some text, without regard to case.
  package func hasValuePrefix(_ id: FieldID, _ text: StaticString) -> Bool {
    guard let value = range(id), Int(value.count) >= text.utf8CodeUnitCount else { return false }
    return isEqual(ByteRange(start: value.start, count: UInt32(text.utf8CodeUnitCount)), text)
  }

  package func has(_ id: FieldID) -> Bool { range(id) != nil }

  /// Lends the bytes of a field's value, for example to compare or hash a key without making text of it.
  package func withValue<Result>(_ id: FieldID, _ body: (Span<UInt8>) -> Result) -> Result? {
    guard let range = range(id) else { return nil }
    let bytes = bytes
    return body(bytes.span.extracting(range.indices))
  }

  /// Whether this is a gRPC call: `application/grpc` with or without a suffix, but not gRPC-Web.
  package var isGRPC: Bool {
    hasValuePrefix(.contentType, "application/grpc") && !hasValuePrefix(.contentType, "application/grpc-web")
  }

  /// The request for handlers off the hot path.
  package func request(body: [UInt8] = []) -> HTTPRequest {
    HTTPRequest(method: method, path: path, query: query, fields: fields, body: body, peer: peer.description)
  }

  /// All fields as text; `host` is there in HTTP/2 too.
  package var fields: HTTPFields {
    var texts = HTTPFields()
    for entry in entries { texts.append(text(entry.name), text(entry.value)) }
    if version == .http2, !authority.isEmpty { texts.append("host", authorityText) }
    return texts
  }

  /// The method; comparing it with one of the usual ones allocates nothing.
  package var method: HTTPMethod {
    switch knownMethod {
    case .get: .get
    case .head: .head
    case .post: .post
    case .put: .put
    case .delete: .delete
    case .patch: .patch
    case .options: .options
    case .other, .connect, .trace: HTTPMethod(text(methodToken))
    }
  }

  private func text(_ range: ByteRange) -> String {
    let bytes = bytes
    return range.text(in: bytes.span)
  }

  /// Compares without regard to case.
  private func isEqual(_ range: ByteRange, _ text: StaticString) -> Bool {
    let bytes = bytes
    return range.equals(ignoringCase: text, in: bytes.span)
  }

  private func range(_ id: FieldID) -> ByteRange? {
    for field in entries where field.id == id { return field.value }
    return nil
  }

  private func equals(_ range: ByteRange, _ text: StaticString) -> Bool {
    guard Int(range.count) == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { expected in
      // SAFETY: both sides have range.count bytes; the array checks its own indices.
      for index in 0..<expected.count where unsafe bytes[Int(range.start) + index] != expected[index] { return false }
      return true
    }
  }
}

// MARK: - Filling

extension RequestView {
  /// Takes over what the HTTP/1 parser found in these bytes.
  func fill(from head: RequestHead, _ source: UnsafeRawBufferPointer) {
    version = .http1
    isAuthenticated = false
    bytes.removeAll(keepingCapacity: true)
    unsafe bytes.append(contentsOf: source)
    entries.removeAll(keepingCapacity: true)
    entries.append(contentsOf: head.fields.all)
    knownMethod = head.method
    methodToken = head.methodToken
    pathRange = head.path
    queryRange = head.query
    authority = head.authority
  }

  /// Forgets everything, before the fields of an HTTP/2 stream come.
  func beginHTTP2() {
    version = .http2
    isAuthenticated = false
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    knownMethod = .other
    methodToken = .empty
    pathRange = .empty
    queryRange = .empty
    authority = .empty
  }

  /// Gives back the memory of a head, but for what most of them need; what is left is the method.
  func release() {
    let usualBytesMax = 4 << 10
    bytes.removeAll(keepingCapacity: bytes.capacity <= usualBytesMax)
    entries.removeAll(keepingCapacity: bytes.capacity <= usualBytesMax)
    pathRange = .empty
    queryRange = .empty
    authority = .empty
    methodToken = .empty
  }

  /// Takes a field of an HTTP/2 head; pseudo-fields go where they belong (RFC 9113, section 8.3.1).
  func appendHTTP2(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    let nameRange = unsafe append(name)
    let valueRange = unsafe append(value)
    guard !nameRange.isEmpty, bytes[Int(nameRange.start)] == UInt8(ascii: ":") else {
      if !nameRange.isEmpty {
        let bytes = bytes
        entries.append(
          HeadFields.Field(id: FieldID.named(nameRange, in: bytes.span), name: nameRange, value: valueRange))
      }
      return
    }
    if equals(nameRange, ":method") {
      methodToken = valueRange
      let bytes = bytes
      knownMethod = RequestMethod(valueRange, in: bytes.span)
    } else if equals(nameRange, ":path") {
      split(valueRange)
    } else if equals(nameRange, ":authority") {
      authority = valueRange
    }
  }

  private func split(_ target: ByteRange) {
    pathRange = target
    for index in target.indices where bytes[index] == UInt8(ascii: "?") {
      pathRange = ByteRange(start: target.start, count: UInt32(index) - target.start)
      queryRange = ByteRange(start: UInt32(index + 1), count: target.start + target.count - UInt32(index + 1))
      return
    }
  }

  private func append(_ part: UnsafeRawBufferPointer) -> ByteRange {
    let range = ByteRange(start: UInt32(bytes.count), count: UInt32(part.count))
    unsafe bytes.append(contentsOf: part)
    return range
  }
}
