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

  /// Reads until the server ends; nil after 20 s without a byte.
  func readBytes() throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while true {
      guard try epoll.wait(into: EventList(capacity: 1), timeoutMilliseconds: 20_000) > 0 else { return nil }
      guard let piece = try descriptor.read(countMax: 65_536) else { continue }
      if piece.isEmpty { return bytes }
      bytes += piece
    }
  }

  /// Reads a byte each millisecond, and what the socket holds once the server is done, or after 20 s; returns how many
  /// bytes came.
  func readSlowly(until isServerDone: () -> Bool) throws -> Int {
    var count = 0
    for _ in 0..<20_000 where !isServerDone() {
      count += try descriptor.read(countMax: 1)?.count ?? 0
      Thread.sleep(for: .milliseconds(1))
    }
    while let piece = try? descriptor.read(countMax: 65_536), !piece.isEmpty { count += piece.count }
    return count
  }

  func readToEnd() throws -> String? { try read { _ in false } }
}
