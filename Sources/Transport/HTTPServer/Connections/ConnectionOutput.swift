import EventLoop

/// The bytes that a connection has written and the socket has not taken.
///
/// A large body is not copied: it stays in its own memory, between what was written before and behind it.
@safe
struct ConnectionOutput: ~Copyable {
  /// Up to this size a body is copied behind the rest.
  private static let copiedBytesMax = 64 << 10

  private var front = ByteQueue()
  private var body: [UInt8] = []
  private var bodyOffset = 0
  /// What was written after the body; empty without one.
  private var behind = ByteQueue()

  var count: Int { front.count + bodyRest + behind.count }
  var isEmpty: Bool { count == 0 }

  private var bodyRest: Int { body.count - bodyOffset }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if bodyRest == 0 { unsafe front.append(bytes) } else { unsafe behind.append(bytes) }
  }

  mutating func append(_ text: StaticString) {
    if bodyRest == 0 { front.append(text) } else { behind.append(text) }
  }

  mutating func append(_ bytes: [UInt8]) {
    guard bytes.count > Self.copiedBytesMax else {
      if bodyRest == 0 { front.append(bytes) } else { behind.append(bytes) }
      return
    }
    if bodyRest > 0 {
      // Those who write stop while much waits, so what is left of another body is little.
      front.append(body[bodyOffset...])
      unsafe front.append(behind.bytes)
      behind.removeAll()
    }
    body = bytes
    bodyOffset = 0
  }

  /// Lends the next bytes, at most `countMax` of them; there MUST be some.
  func withNext<Result>(_ countMax: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if !front.isEmpty {
      return unsafe body(UnsafeRawBufferPointer(rebasing: front.bytes.prefix(countMax)))
    }
    return unsafe self.body[bodyOffset...].prefix(countMax).withUnsafeBytes { unsafe body($0) }
  }

  /// Takes bytes off that ``withNext(_:_:)`` lent.
  mutating func removeFirst(_ byteCount: Int) {
    if !front.isEmpty {
      front.removeFirst(byteCount)
    } else {
      bodyOffset += byteCount
      precondition(bodyOffset <= body.count, "\(byteCount) bytes were taken off a body of \(body.count)")
    }
    if front.isEmpty, bodyRest == 0 {
      body = []
      bodyOffset = 0
      swap(&front, &behind)
    }
  }

  /// Drops every byte, and the memory.
  mutating func removeAll() {
    front.removeAll()
    behind.removeAll()
    body = []
    bodyOffset = 0
  }
}
