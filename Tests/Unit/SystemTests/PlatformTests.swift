import Base
import Glibc
import Synchronization
import System
import TestSupport
import Testing

@Suite struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1:4317", "127.0.0.1:4317"), ("[::1]:80", "[::1]:80"), ("localhost:8080", "127.0.0.1:8080"),
    (":9", "0.0.0.0:9"), ("[2001:db8::2]:443", "[2001:db8::2]:443"),
  ])
  func `addresses are read and written`(text: String, canonical: String) throws {
    let address = try #require(SocketAddress(text))
    #expect(address.description == canonical)
  }

  @Test(arguments: ["", "80", "example.org:80", "127.0.0.1", "127.0.0.1:70000", "::1:80", "1.2.3:4"])
  func `text that is no numeric address is refused`(text: String) { #expect(SocketAddress(text) == nil) }

  @Test func `loopback is known in both families`() throws {
    #expect(try #require(SocketAddress("127.1.2.3:1")).isLoopback)
    #expect(try #require(SocketAddress("[::1]:1")).isLoopback)
    #expect(try !#require(SocketAddress("10.0.0.1:1")).isLoopback)
  }
}

@Suite struct SocketTests {
  @Test func `two sockets exchange bytes and a read without bytes would block`() throws {
    let listener = try Socket.listen(try #require(SocketAddress("127.0.0.1:0")), sharingPort: false)
    let address = try #require(try Socket.localAddress(of: listener.rawValue))
    let client = try Socket.connect(to: address).take()
    let epoll = try Epoll()
    try epoll.add(listener.rawValue, .readable, token: 7)
    let events = EventList(capacity: 4)
    #expect(try epoll.wait(into: events, timeoutMilliseconds: 5_000) == 1)
    #expect(events[0].token == 7)
    guard let connection = try Socket.accept(from: listener.rawValue) else {
      Issue.record("the listener was readable but had no connection")
      return
    }
    let server = connection.take()
    #expect(try client.write([UInt8]("hello".utf8)) == .bytes(5))
    try epoll.add(server.rawValue, .readable, token: 8)
    #expect(try epoll.wait(into: events, timeoutMilliseconds: 5_000) == 1)
    #expect(events[0].token == 8)
    #expect(try server.read(countMax: 16) == [UInt8]("hello".utf8))
    #expect(try server.read(countMax: 16) == nil)
  }

  @Test func `a listener that takes no new handshakes keeps what was begun, and its successor gets the rest`() throws {
    let old = try Socket.listen(try #require(SocketAddress("127.0.0.1:0")), sharingPort: true)
    let address = try #require(try Socket.localAddress(of: old.rawValue))
    let early = try Socket.connect(to: address).take()
    try Socket.dropNewHandshakes(old.rawValue)
    let late = try Socket.connect(to: address).take()
    let epoll = try Epoll()
    try epoll.add(late.rawValue, .writable, token: 1)
    let events = EventList(capacity: 1)
    #expect(try epoll.wait(into: events, timeoutMilliseconds: 50) == 0)
    #expect(try takesConnection(old.rawValue))
    #expect(try !takesConnection(old.rawValue))
    let new = try Socket.listen(address, sharingPort: true)
    _ = consume old
    #expect(try epoll.wait(into: events, timeoutMilliseconds: 20_000) == 1)
    #expect(try Socket.error(of: late.rawValue) == nil)
    #expect(try takesConnection(new.rawValue))
    #expect(try Socket.error(of: early.rawValue) == nil)
  }

  private func takesConnection(_ listener: Int32) throws -> Bool {
    guard let accepted = try Socket.accept(from: listener) else { return false }
    _ = accepted.take()
    return true
  }

  @Test func `a used address is refused with its errno name`() throws {
    let first = try Socket.listen(try #require(SocketAddress("127.0.0.1:0")), sharingPort: false)
    let address = try #require(try Socket.localAddress(of: first.rawValue))
    var name = ""
    do throws(SystemError) {
      _ = try Socket.listen(address, sharingPort: false)
    } catch {
      name = error.name
    }
    #expect(name == "EADDRINUSE")
  }
}

@Suite struct WorkerPoolTests {
  @Test func `work runs elsewhere and its result or error comes back`() async throws {
    let pool = try WorkerPool(name: "test", threadCount: 2, queueCountMax: 8)
    #expect(try await pool.run { 6 * 7 } == 42)
    await #expect(throws: SystemError.self) { try await pool.run { throw SystemError(call: "open", code: 2) } }
    pool.stop()
  }

  @Test func `work whose caller has gone leaves the queue, and work that runs is told`() async throws {
    let pool = try WorkerPool(name: "test", threadCount: 1, queueCountMax: 1)
    let isTold = Atomic<Bool>(false)
    let hasBegun = Atomic<Bool>(false)
    let running = Task {
      try await pool.run(onCancel: { isTold.store(true, ordering: .releasing) }) {
        hasBegun.store(true, ordering: .releasing)
        eventually { isTold.load(ordering: .acquiring) }
        return "ended"
      }
    }
    await eventually { hasBegun.load(ordering: .acquiring) }
    let waiting = Task { try await pool.run { "never" } }
    await eventually { pool.waitingCount > 0 }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(pool.waitingCount == 0, "its place is free although the thread is not")
    running.cancel()
    #expect(try await running.value == "ended")
    pool.stop()
  }

  @Test func `an abandoned pool drops what waits and leaves what runs alone`() async throws {
    let pool = try WorkerPool(name: "test", threadCount: 1, queueCountMax: 4)
    let (isRunning, mayEnd, hasEnded) = (Monitor(false), Monitor(false), Monitor(false))
    let refusal = pool.submit {
      isRunning.withLock { $0 = true }
      isRunning.notifyAll()
      mayEnd.wait { isSet, _, _ in isSet ? () : nil }
      hasEnded.withLock { $0 = true }
      hasEnded.notifyAll()
    }
    #expect(refusal == nil)
    isRunning.wait { isSet, _, _ in isSet ? () : nil }
    let waiting = Task { try await pool.run { "never" } }
    await eventually { pool.waitingCount > 0 }
    pool.abandon()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(pool.submit {}?.code == "shutting_down")
    #expect(!hasEnded.withLock { $0 })
    mayEnd.withLock { $0 = true }
    mayEnd.notifyAll()
    hasEnded.wait { isSet, _, _ in isSet ? () : nil }
  }

  @Test func `a full queue refuses with code overloaded and a stopped pool with shutting_down`() throws {
    let pool = try WorkerPool(name: "test", threadCount: 1, queueCountMax: 1)
    let started = Atomic<Bool>(false)
    let mayEnd = Atomic<Bool>(false)
    let first = pool.submit {
      started.store(true, ordering: .releasing)
      eventually { mayEnd.load(ordering: .acquiring) }
    }
    #expect(first == nil)
    eventually { started.load(ordering: .acquiring) }
    #expect(pool.submit {} == nil)
    #expect(pool.submit {}?.code == "overloaded")
    mayEnd.store(true, ordering: .releasing)
    pool.stop()
    #expect(pool.submit {}?.code == "shutting_down")
  }
}

@Suite struct FileTests {
  @Test func `a file is replaced whole and read back, and a size limit holds`() throws {
    let directory = "/tmp/axonize-platform-\(Instant.now.nanoseconds)/a/b"
    try File.makeDirectories(directory)
    try File.makeDirectories(directory)
    let path = "\(directory)/file"
    try File.writeAtomically(path, [1, 2, 3])
    try File.writeAtomically(path, [4, 5])
    #expect(try File.read(path) == [4, 5])
    #expect(throws: SystemError.self) { try File.read(path, sizeMax: 1) }
    #expect(File.exists(path))
    #expect(!File.exists("\(path).x"))
  }
}
