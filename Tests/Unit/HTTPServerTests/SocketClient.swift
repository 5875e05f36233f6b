import System

/// A client that sends bytes as they are and reads with a deadline; for tests of what a server does on the wire.
final class SocketClient {
  private let descriptor: FileDescriptor
  private let epoll: Epoll

  init(_ address: SocketAddress) throws {
    let attempt = try Socket.connect(to: address)
    let isConnected = attempt.isConnected
    descriptor = attempt.take()
    epoll = try Epoll()
    try epoll.add(descriptor.rawValue, isConnected ? .readable : .writable, token: 0)
    if !isConnected {
      _ = try epoll.wait(into: EventList(capacity: 1), timeoutMilliseconds: 20_000)
      if let failure = try Socket.error(of: descriptor.rawValue) { throw failure }
      try epoll.modify(descriptor.rawValue, .readable, token: 0)
    }
  }

  func send(_ text: String) throws {
    let bytes = [UInt8](text.utf8)
    var sent = 0
    while sent < bytes.count {
      if case .bytes(let count) = try descriptor.write([UInt8](bytes[sent...])) { sent += count }
    }
  }

  /// Reads until the text holds what is looked for, or the server ends; nil after 20 s.
  func read(until isEnough: (String) -> Bool) throws -> String? {
    var bytes: [UInt8] = []
    while true {
      if isEnough(String(decoding: bytes, as: UTF8.self)) { return String(decoding: bytes, as: UTF8.self) }
      guard try epoll.wait(into: EventList(capacity: 1), timeoutMilliseconds: 20_000) > 0 else { return nil }
      guard let piece = try descriptor.read(countMax: 65_536) else { continue }
      if piece.isEmpty { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece
    }
  }

  func readToEnd() throws -> String? { try read { _ in false } }
}
