package import HTTPTypes

/// How the body of a message to be sent is framed.
package enum OutgoingFraming: Sendable, Hashable {
  /// No body and no field about one: 1xx, 204, 304, requests without a body.
  case none
  case length(Int)
  case chunked
}

/// Writes heads and chunk framing into memory that it keeps; one serves a whole event loop.
///
/// Nothing that is not valid HTTP/1.1 can be written: names, values and targets are checked, so no data of a user
/// can end a line.
package struct HeadWriter: Sendable {
  /// What was written since the last `removeAll`.
  package private(set) var bytes: [UInt8] = []

  package init() { bytes.reserveCapacity(1024) }

  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Begins a response with `HTTP/1.1 STATUS REASON`.
  package mutating func beginResponse(status: Int) {
    precondition((100...599).contains(status), "no status \(status)")
    append("HTTP/1.1 ")
    append(decimal: status)
    bytes.append(0x20)
    append(StatusReason.of(status))
    endLine()
  }

  /// Begins a request with `METHOD TARGET HTTP/1.1`.
  package mutating func beginRequest(method: HTTPMethod, target: String) throws(HTTP1Error) {
    let method = method.description
    guard !method.isEmpty, method.utf8.allSatisfy(Characters.isToken) else { throw .invalidOutput }
    guard !target.isEmpty, target.utf8.allSatisfy(Characters.isTarget) else { throw .invalidOutput }
    bytes.append(contentsOf: method.utf8)
    bytes.append(0x20)
    bytes.append(contentsOf: target.utf8)
    append(" HTTP/1.1")
    endLine()
  }

  /// Writes a field whose text is part of the program.
  package mutating func constantField(_ name: StaticString, _ value: StaticString) {
    append(name)
    append(": ")
    append(value)
    endLine()
  }

  /// Writes a field.
  ///
  /// - Throws: `invalidOutput` when the name or the value has a character that is not allowed; nothing is written.
  package mutating func field(_ name: String, _ value: String) throws(HTTP1Error) {
    guard !name.isEmpty, name.utf8.allSatisfy(Characters.isToken), value.utf8.allSatisfy(Characters.isValue)
    else { throw .invalidOutput }
    bytes.append(contentsOf: name.utf8)
    append(": ")
    bytes.append(contentsOf: value.utf8)
    endLine()
  }

  /// Writes the fields of a message; those that the connection decides are left out (RFC 9110, section 7.6.1).
  package mutating func fields(_ fields: HTTPFields) throws(HTTP1Error) {
    for field in fields.fields where !ConnectionFields.contains(field.name) {
      try self.field(field.name, field.value)
    }
  }

  package mutating func contentLength(_ length: Int) {
    append("content-length: ")
    append(decimal: length)
    endLine()
  }

  package mutating func framing(_ framing: OutgoingFraming) {
    switch framing {
    case .none: break
    case .length(let length): contentLength(length)
    case .chunked: append("transfer-encoding: chunked\r\n")
    }
  }

  /// Ends a head with the empty line.
  package mutating func end() { endLine() }

  /// Writes a whole response head.
  ///
  /// - Throws: `invalidOutput`; then nothing was written.
  package mutating func response(
    status: Int, fields: HTTPFields, framing: OutgoingFraming, isKeepAlive: Bool
  ) throws(HTTP1Error) {
    let start = bytes.count
    do throws(HTTP1Error) {
      beginResponse(status: status)
      try self.fields(fields)
      self.framing(framing)
      if !isKeepAlive { constantField("connection", "close") }
      end()
    } catch {
      bytes.removeSubrange(start...)
      throw error
    }
  }

  /// Writes a whole request head; `host` goes first.
  ///
  /// - Throws: `invalidOutput`; then nothing was written.
  package mutating func request(
    method: HTTPMethod, target: String, host: String, fields: HTTPFields, framing: OutgoingFraming,
    isKeepAlive: Bool = true
  ) throws(HTTP1Error) {
    let start = bytes.count
    do throws(HTTP1Error) {
      guard host.utf8.allSatisfy(Characters.isHost) else { throw .invalidOutput }
      try beginRequest(method: method, target: target)
      try field("host", host)
      for field in fields.fields where !ConnectionFields.contains(field.name) && field.name != "host" {
        try self.field(field.name, field.value)
      }
      self.framing(framing)
      if !isKeepAlive { constantField("connection", "close") }
      end()
    } catch {
      bytes.removeSubrange(start...)
      throw error
    }
  }

  /// Writes the line before a chunk; the data and an empty line follow.
  package mutating func beginChunk(byteCount: Int) {
    precondition(byteCount > 0, "an empty chunk would end the body")
    append(hexadecimal: byteCount)
    endLine()
  }

  private mutating func endLine() { append("\r\n") }

  private mutating func append(_ text: StaticString) {
    // SAFETY: the text of a static string lives as long as the program.
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func append(decimal value: Int) {
    precondition(value >= 0, "a negative length \(value)")
    var divisor = 1
    while value / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      bytes.append(0x30 + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }

  private mutating func append(hexadecimal value: Int) {
    var shift = max(0, (Int.bitWidth - value.leadingZeroBitCount - 1) / 4 * 4)
    while shift >= 0 {
      let digit = UInt8(value >> shift & 15)
      bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      shift -= 4
    }
  }
}
