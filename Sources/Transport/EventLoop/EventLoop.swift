import Glibc
import Synchronization
package import System

/// A thread that waits for descriptors, timers and work, and runs Swift tasks between them.
///
/// Everything but ``execute(_:)``, ``enqueue(_:)``, ``isCurrent`` and ``stop()`` MUST be called on the loop's own thread.
/// Work never blocks: what may block goes to a `WorkerPool`. The queue of work is bounded by those who queue: each piece
/// belongs to a request or task that is itself counted and limited.
package final class EventLoop: TaskExecutor, @unchecked Sendable {  // the loop's thread or the mutex guards each field
  /// A piece of work for the loop.
  private enum Item {
    case work(@Sendable () -> Void)
    case taskJob(UnownedJob)
    case serialJob(UnownedJob)
  }

  /// What other threads have queued.
  private struct Inbox: Sendable {
    var items: [SendableItem] = []
  }

  private struct SendableItem: @unchecked Sendable {  // closures are @Sendable, jobs may run on any thread once
    let item: Item
  }

  /// The token of the loop's own wake-up descriptor.
  private static let wakeToken = UInt64.max

  package let name: String
  private let epoll: Epoll
  private let wakeUp: EventCounter
  private let isWoken = Atomic<Bool>(false)
  private let inbox = Mutex(Inbox())
  private let thread = Atomic<UInt>(0)
  private let handle = Mutex<ThreadHandle?>(nil)
  private var channels = ChannelTable()
  private var timers: TimerWheel
  private var local: [SendableItem] = []
  private var flushes: [any BatchFlushing] = []
  private var isStopping = false
  private var clock = HTTPDateClock()
  /// The time when the present batch of events began.
  package private(set) var now: Instant

  package init(name: String) throws(SystemError) {
    self.name = name
    now = .now
    timers = TimerWheel(now: now)
    epoll = try Epoll()
    wakeUp = try EventCounter()
    // Edge-triggered: the counter never has to be read.
    try epoll.add(wakeUp.rawValue, [.readable, .edgeTriggered], token: Self.wakeToken)
  }

  // MARK: From any thread

  /// Whether the caller runs on the loop's thread.
  package var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

  /// Starts the thread.
  package func start() throws(SystemError) {
    let thread = ThreadHandle(try Thread(name: name) { [self] in run() })
    handle.withLock { $0 = thread }
  }

  /// Ends the thread after the present batch and waits for it, unless called on the loop itself.
  package func stop() {
    execute { [self] in isStopping = true }
    guard !isCurrent else { return }
    handle.withLock { $0 }?.join()
  }

  /// Runs work on the loop, after what is queued already.
  ///
  /// Many calls between two batches cost one wake-up.
  package func execute(_ work: @escaping @Sendable () -> Void) { push(.work(work)) }

  /// Runs work at once when on the loop, else queues it.
  package func executeOrRun(_ work: @escaping @Sendable () -> Void) {
    if isCurrent { work() } else { push(.work(work)) }
  }

  package func enqueue(_ job: consuming ExecutorJob) { push(.taskJob(UnownedJob(job))) }

  /// An executor for actors that live on this loop.
  package var serialExecutor: LoopSerialExecutor { LoopSerialExecutor(loop: self) }

  fileprivate func enqueueSerial(_ job: consuming ExecutorJob) { push(.serialJob(UnownedJob(job))) }

  private func push(_ item: Item) {
    let item = SendableItem(item: item)
    if isCurrent {
      local.append(item)
      return
    }
    inbox.withLock { $0.items.append(item) }
    if !isWoken.exchange(true, ordering: .sequentiallyConsistent) { wakeUp.signal() }
  }

  // MARK: On the loop

  /// Watches a channel.
  package func add(_ channel: Channel, interest: EventSet) throws(SystemError) {
    assertCurrent()
    let token = channels.insert(channel)
    channel.note(interest)
    do throws(SystemError) {
      try epoll.add(channel.number, interest, token: token)
    } catch {
      channels.close(channel)
      throw error
    }
  }

  /// Changes what a channel is watched for; without effect on a closed one.
  package func setInterest(_ interest: EventSet, of channel: Channel) {
    assertCurrent()
    guard channel.isOpen, !channel.interest.isSame(as: interest) else { return }
    channel.note(interest)
    do throws(SystemError) {
      try epoll.modify(channel.number, interest, token: channels.token(of: channel))
    } catch {
      preconditionFailure("an open channel is not known to epoll: \(error)")
    }
  }

  /// Stops watching a channel, closes its descriptor and lets its handler go.
  package func close(_ channel: Channel) {
    assertCurrent()
    // Closing the only descriptor of a socket takes it out of epoll (epoll(7), question 6).
    channels.close(channel)
  }

  /// How many channels are open.
  package var channelCount: Int { channels.count }

  /// Arms a timer, or moves its deadline when it is armed.
  package func arm(_ timer: LoopTimer, after delay: Duration) { timers.arm(timer, at: now + delay) }

  package func arm(_ timer: LoopTimer, at deadline: Instant) { timers.arm(timer, at: deadline) }

  package func cancel(_ timer: LoopTimer) { timers.cancel(timer) }

  /// Calls back once at the end of the present batch, so that many small writes become one.
  package func flushAfterBatch(_ flushing: any BatchFlushing) { flushes.append(flushing) }

  /// The present date as HTTP writes it, for example `Sun, 06 Nov 1994 08:49:37 GMT`, made once a second.
  package func httpDate() -> [UInt8] { clock.text(now: now) }

  /// Traps when a loop-confined thing is touched on another thread.
  package func assertCurrent() {
    assert(isCurrent || thread.load(ordering: .relaxed) == 0, "loop \(name) was used on another thread")
  }

  // MARK: The thread

  private func run() {
    thread.store(UInt(pthread_self()), ordering: .relaxed)
    let events = EventList(capacity: 256)
    while !isStopping {
      let count = wait(events)
      now = .now
      for index in 0..<count {
        let event = events[index]
        if event.token == Self.wakeToken { continue }
        if let channel = channels.find(event.token) { channel.handler?.channelReady(event.events) }
      }
      runQueued()
      for timer in timers.advance(to: now) { timer.action() }
      runFlushes()
    }
    runQueued()
    runFlushes()
    // What timers would do keeps connections, and these the loop.
    withExtendedLifetime(timers.removeAll()) {}
  }

  private func wait(_ events: borrowing EventList) -> Int {
    var timeout: Int32 = -1
    if !local.isEmpty {
      timeout = 0
    } else if let next = timers.timeToNext(now: now) {
      timeout = Int32(clamping: next.wholeNanoseconds / 1_000_000 + 1)
    }
    do throws(SystemError) {
      return try epoll.wait(into: events, timeoutMilliseconds: timeout)
    } catch {
      preconditionFailure("epoll_wait cannot fail on a valid instance: \(error)")
    }
  }

  /// Runs what was queued before it was called; what that queues waits for the next batch.
  private func runQueued() {
    if isWoken.load(ordering: .relaxed) {
      isWoken.store(false, ordering: .sequentiallyConsistent)
      let items = inbox.withLock { inbox in
        let taken = inbox.items
        inbox.items = []
        return taken
      }
      for item in items { run(item) }
    }
    guard !local.isEmpty else { return }
    let items = local
    local = []
    for item in items { run(item) }
  }

  private func run(_ item: SendableItem) {
    switch item.item {
    case .work(let work): work()
    case .taskJob(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    case .serialJob(let job):
      unsafe job.runSynchronously(
        isolatedTo: serialExecutor.asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
  }

  private func runFlushes() {
    while !flushes.isEmpty {
      let batch = flushes
      flushes.removeAll(keepingCapacity: true)
      for flushing in batch { flushing.flushBatch() }
    }
  }
}

/// Something that gathers writes until the end of a batch.
package protocol BatchFlushing: AnyObject {
  func flushBatch()
}

/// Runs the jobs of actors on a loop.
package final class LoopSerialExecutor: SerialExecutor {
  private let loop: EventLoop

  init(loop: EventLoop) { self.loop = loop }

  package func enqueue(_ job: consuming ExecutorJob) { loop.enqueueSerial(job) }

  package func checkIsolated() { precondition(loop.isCurrent, "not on loop \(loop.name)") }
}
