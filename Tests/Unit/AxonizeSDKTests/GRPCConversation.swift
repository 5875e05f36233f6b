import Glibc

@testable import Axonize

/// One connection of gRPC, as far as the core's client goes: literals in clear, one call at a time (RFC 9113, RFC 7541).
final class GRPCConversation {
  private let descriptor: Int32
  private let log: Receiver.Log
  private var received: [UInt8] = []

  init(_ descriptor: Int32, _ log: Receiver.Log) {
    self.descriptor = descriptor
    self.log = log
  }

  /// Answers calls until the client closes.
  func run() {
    guard let preface = read(24), preface == Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) else {
      return send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
    }
    send(frame(4, 0, 0, []))
    var request = Receiver.Request(path: "", headers: [:], body: [])
    while let head = read(9) {
      let size = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
      let stream = head[5...].reduce(0) { $0 << 8 | UInt32($1) }
      guard let payload = read(size) else { return }
      switch head[3] {
      case 0:
        request.body += payload
        if size > 0 { send(frame(8, 0, 0, number(UInt32(size))) + frame(8, 0, stream, number(UInt32(size)))) }
        if head[4] & 1 == 1 { answer(request, stream) }
      case 1: request = Receiver.Request(path: "", headers: Self.headers(payload), body: [])
      case 4 where head[4] & 1 == 0: send(frame(4, 1, 0, []))
      default: break
      }
    }
  }

  private func answer(_ request: Receiver.Request, _ stream: UInt32) {
    var request = request
    request.path = request.headers[":path"] ?? ""
    request.body.removeFirst(5)
    let answer = log.take(request)
    var head: [UInt8] = [0x88]
    head += Self.literal("content-type", "application/grpc")
    let message = [0] + number(UInt32(answer.body.count)) + answer.body
    let end = Self.literal("grpc-status", answer.status == 200 ? "0" : "\(answer.status)")
    let closes = answer.headers.contains { $0.0 == "Connection" }
    let farewell = closes ? frame(7, 0, 0, number(stream) + number(0)) : []
    send(frame(1, 4, stream, head) + frame(0, 0, stream, message) + frame(1, 5, stream, end) + farewell)
  }

  private func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
    number(UInt32(payload.count)).dropFirst() + [kind, flags] + number(stream) + payload
  }

  private func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

  private static func literal(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
  }

  /// Names and values of a block that has short literals only, beside the numbers that our client uses.
  private static func headers(_ block: [UInt8]) -> [String: String] {
    var rest = block[...]
    func text() -> String {
      let size = Int(rest.removeFirst())
      defer { rest = rest.dropFirst(size) }
      return String(decoding: rest.prefix(size), as: UTF8.self)
    }
    let names: [UInt8: String] = [1: ":authority", 4: ":path", 31: "content-type", 58: "user-agent"]
    var headers: [String: String] = [:]
    while let first = rest.popFirst() {
      switch first {
      case 0x20, 0x80...: continue
      case 0x0f: headers[names[15 + rest.removeFirst()] ?? "?"] = text()
      case 0x00, 0x10:
        let name = text()
        headers[name] = text()
      default: headers[names[first] ?? "?"] = text()
      }
    }
    return headers
  }

  /// So many bytes; nil when the client has closed.
  private func read(_ count: Int) -> [UInt8]? {
    while received.count < count {
      // SAFETY: read(2) fills at most the capacity it is given.
      let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
        unsafe count = max(Glibc.read(descriptor, buffer.baseAddress, 65536), 0)
      }
      if chunk.isEmpty { return nil }
      received += chunk
    }
    defer { received.removeFirst(count) }
    return Array(received.prefix(count))
  }

  private func send(_ bytes: [UInt8]) {
    // SAFETY: the array lives while send(2) reads it. A client that has gone is noticed by the next read.
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }
}
