import EventLoop
import Glibc
import Synchronization
import System
import Testing

@Suite struct EventLoopTests {
  @Test func `work queued from another thread runs on the loop, in order`() async throws {
    let loop = try EventLoop(name: "test")
    try loop.start()
    let seen = Mutex<[Int]>([])
    let isAllOnLoop = Atomic<Bool>(true)
    await withCheckedContinuation { continuation in
      for index in 0..<1_000 {
        loop.execute {
          if !loop.isCurrent { isAllOnLoop.store(false, ordering: .relaxed) }
          seen.withLock { $0.append(index) }
          if index == 999 { continuation.resume() }
        }
      }
    }
    #expect(seen.withLock { $0 } == Array(0..<1_000))
    let wasAllOnLoop = isAllOnLoop.load(ordering: .relaxed)
    #expect(wasAllOnLoop)
    loop.stop()
  }

  @Test func `a loop that has stopped lets go of the timers that were armed`() throws {
    final class Kept: Sendable {}
    weak var kept: Kept?
    do {
      let loop = try EventLoop(name: "test")
      try loop.start()
      let object = Kept()
      kept = object
      loop.execute { loop.arm(LoopTimer { _ = (object, loop) }, after: .seconds(3600)) }
      loop.stop()
    }
    // The thread's own end may come a moment after it was waited for.
    for _ in 0..<1_000 where kept != nil { usleep(1_000) }
    #expect(kept == nil)
  }

  @Test func `a task with the loop as its preference runs there before and after it waits`() async throws {
    let loop = try EventLoop(name: "test")
    try loop.start()
    let pool = try WorkerPool(name: "work", threadCount: 1, queueCountMax: 4)
    let places = await Task(executorPreference: loop) {
      let before = loop.isCurrent
      let elsewhere = (try? await pool.run { loop.isCurrent }) ?? true
      return [before, elsewhere, loop.isCurrent]
    }.value
    #expect(places == [true, false, true])
    pool.stop()
    loop.stop()
  }

  @Test func `timers fire in order, a cancelled one never and a moved one once`() async throws {
    let loop = try EventLoop(name: "test")
    try loop.start()
    let fired = Mutex<[String]>([])
    await withCheckedContinuation { continuation in
      loop.execute {
        let note = { (name: String) in fired.withLock { $0.append(name) } }
        let cancelled = LoopTimer { note("cancelled") }
        let moved = LoopTimer { note("moved") }
        loop.arm(cancelled, after: .milliseconds(20))
        loop.arm(moved, after: .milliseconds(15))
        loop.arm(LoopTimer { note("first") }, after: .milliseconds(30))
        loop.arm(moved, after: .milliseconds(90))
        loop.cancel(cancelled)
        loop.arm(
          LoopTimer {
            note("last"); continuation.resume()
          }, after: .milliseconds(150))
      }
    }
    #expect(fired.withLock { $0 } == ["first", "moved", "last"])
    loop.stop()
  }

  @Test func `a readable descriptor calls its handler until the channel is closed`() async throws {
    let loop = try EventLoop(name: "test")
    try loop.start()
    let listener = try Socket.listen(try #require(SocketAddress("127.0.0.1:0")), sharingPort: false)
    let address = try #require(try Socket.localAddress(of: listener.rawValue))
    let descriptor = listener.release()
    let accepted = await withCheckedContinuation { (continuation: CheckedContinuation<Int, Never>) in
      loop.execute {
        let handler = AcceptOnce(loop: loop) { continuation.resume(returning: $0) }
        let channel = Channel(FileDescriptor(takingOwnershipOf: descriptor), handler: handler)
        handler.channel = channel
        do { try loop.add(channel, interest: .readable) } catch { Issue.record(error) }
      }
      do { _ = try Socket.connect(to: address).take() } catch { Issue.record(error) }
    }
    #expect(accepted == 0)
    loop.stop()
  }
}

/// Closes its listener at the first connection and tells how many channels are left.
private final class AcceptOnce: ChannelHandler {
  let loop: EventLoop
  let done: (Int) -> Void
  var channel: Channel?

  init(loop: EventLoop, done: @escaping (Int) -> Void) {
    self.loop = loop
    self.done = done
  }

  func channelReady(_ events: EventSet) {
    guard let channel else { return }
    loop.close(channel)
    done(loop.channelCount)
  }
}

@Suite struct HTTPDateTests {
  @Test(arguments: [
    (Int64(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
  ])
  func `dates are written as HTTP wants them`(seconds: Int64, text: String) {
    #expect(String(decoding: HTTPDate.text(secondsSince1970: seconds), as: UTF8.self) == text)
  }
}

@Suite struct ByteQueueTests {
  @Test func `bytes come out as they went in, through growth and compaction`() {
    var queue = ByteQueue()
    var expected: [UInt8] = []
    var written: UInt8 = 0
    for round in 1...200 {
      let piece = (0..<round).map { _ -> UInt8 in
        written &+= 1; return written
      }
      queue.append(piece)
      expected.append(contentsOf: piece)
      let taken = min(expected.count, round / 2 + 3)
      let front = Array(queue.array().prefix(taken))
      #expect(front == Array(expected.prefix(taken)))
      queue.removeFirst(taken)
      expected.removeFirst(taken)
    }
    let left = queue.array()
    #expect(left == expected)
    queue.removeAll()
    let isEmpty = queue.isEmpty
    #expect(isEmpty)
  }
}
