import Glibc
package import HTTPClient
import Synchronization
import System
import Testing

/// A server on a port of the loopback interface that treats each connection as a function says.
package final class ScriptedServer: Sendable {
  package let port: UInt16
  /// The URL of `/` on this server.
  package let root: HTTPURL
  private let listener: FileDescriptor
  private let stopped = EventFlag()
  private let connectionCounter = Atomic<Int>(0)

  /// Connections accepted so far.
  package var connectionCount: Int { connectionCounter.load(ordering: .sequentiallyConsistent) }

  /// - Parameter script: called on a thread of its own for every connection, with its number from 0.
  package init(_ script: @escaping @Sendable (ScriptedConnection, Int) -> Void) throws {
    let address = try #require(SocketAddress("127.0.0.1:0"))
    listener = try Socket.listen(address, sharingPort: false)
    port = try #require(try Socket.localAddress(of: listener.rawValue)).port
    root = try #require(HTTPURL("http://127.0.0.1:\(port)/"))
    let thread = try Thread(name: "scripted") { [self] in
      while !stopped.isSet {
        guard waitFor(listener.rawValue, Int16(POLLIN), milliseconds: 50) else { continue }
        guard let accepted = try? Socket.accept(from: listener.rawValue) else { continue }
        let number = connectionCounter.add(1, ordering: .sequentiallyConsistent).oldValue
        let connection = ScriptedConnection(accepted.take())
        if let thread = try? Thread(name: "connection", { script(connection, number) }) { thread.detach() }
      }
    }
    thread.detach()
  }

  package func stop() { stopped.set() }

  package func url(_ target: String, host: String = "127.0.0.1", scheme: String = "http") throws -> HTTPURL {
    try #require(HTTPURL("\(scheme)://\(host):\(port)\(target)"))
  }
}

/// Something that happens once.
package final class EventFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  package init() {}

  package var isSet: Bool { flag.load(ordering: .sequentiallyConsistent) }
  package func set() { flag.store(true, ordering: .sequentiallyConsistent) }
}

/// One accepted connection, used by its own thread with calls that wait.
package final class ScriptedConnection: Sendable {
  private let descriptor: Mutex<FileDescriptor?>
  private let number: Int32
  private let pending = Mutex<[UInt8]>([])

  init(_ descriptor: consuming sending FileDescriptor) {
    number = descriptor.rawValue
    self.descriptor = Mutex(consume descriptor)
  }

  /// Reads up to the end of a request head and returns it; nil when the client has closed.
  package func head() -> String? {
    while true {
      let text = pending.withLock { pending -> String? in
        let all = String(decoding: pending, as: UTF8.self)
        guard let end = all.firstRange(of: "\r\n\r\n") else { return nil }
        let head = String(all[..<end.upperBound])
        pending.removeFirst(head.utf8.count)
        return head
      }
      if let text { return text }
      guard let more = receive() else { return nil }
      pending.withLock { $0 += more }
    }
  }

  /// Reads exactly so many bytes; fewer when the client has closed.
  package func bytes(_ count: Int) -> [UInt8] {
    while pending.withLock({ $0.count }) < count {
      guard let more = receive() else { break }
      pending.withLock { $0 += more }
    }
    return pending.withLock { pending in
      let taken = Array(pending.prefix(count))
      pending.removeFirst(taken.count)
      return taken
    }
  }

  package func write(_ text: String) { write(Array(text.utf8)) }

  package func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard waitFor(number, Int16(POLLOUT), milliseconds: 10_000) else { return }
      let transfer = unsafe rest.withUnsafeBytes { unsafe try? Socket.send(number, $0) }
      switch transfer {
      case .bytes(let count): rest = rest.dropFirst(count)
      case .wouldBlock: continue
      case nil: return
      }
    }
  }

  /// Waits until the client closes.
  package func waitForClose() { while receive() != nil {} }

  package func close() { descriptor.withLock { $0 = nil } }

  private func receive() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      guard waitFor(number, Int16(POLLIN), milliseconds: 10_000) else { return nil }
      let transfer = unsafe buffer.withUnsafeMutableBytes { unsafe try? Socket.receive(number, into: $0) }
      switch transfer {
      case .bytes(0), nil: return nil
      case .bytes(let count): return Array(buffer[..<count])
      case .wouldBlock: continue
      }
    }
  }
}

/// poll(2) on one descriptor.
private func waitFor(_ number: Int32, _ events: Int16, milliseconds: Int32) -> Bool {
  var entry = pollfd(fd: number, events: events, revents: 0)
  return unsafe poll(&entry, 1, milliseconds) > 0
}
