package import Base
import Glibc
import Synchronization

/// A fixed number of threads for work that may block, with a bounded queue that clients share.
@safe
package final class WorkerPool: @unchecked Sendable {  // the mutex guards every field that changes
  private struct State {
    var queue: FairQueue<Work>
    var lastID: UInt64 = 0
    var isStopped = false
    var idleCount = 0
    var threads: [ThreadHandle] = []
  }

  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var state: State

  /// Work that belongs to no client.
  private static let ownerless = WorkKey(group: 0, client: 0)

  /// Starts threads for work of one kind.
  /// - Parameters:
  ///   - name: prefix of the threads' names.
  ///   - threadCount: how many pieces of work run at once.
  ///   - queueCountMax: how many more may wait; the next is refused with code `overloaded`.
  package convenience init(name: String, threadCount: Int, queueCountMax: Int) throws(SystemError) {
    try self.init(name: name, threadCount: threadCount, shares: WorkShares(waitingCountMax: queueCountMax))
  }

  /// Starts threads that several clients share.
  /// - Parameters:
  ///   - name: prefix of the threads' names.
  ///   - threadCount: how many pieces of work run at once.
  ///   - shares: how much of that, and of the queue, each may take; work beyond it is refused with code `overloaded`.
  package init(name: String, threadCount: Int, shares: WorkShares) throws(SystemError) {
    precondition(threadCount > 0 && shares.waitingCountMax > 0, "a pool needs threads and a queue")
    state = State(queue: FairQueue(shares))
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
    for index in 0..<threadCount {
      do {
        let thread = ThreadHandle(try Thread(name: "\(name)-\(index)") { [self] in work() })
        // The threads that run already look at the state.
        locked { state.threads.append(thread) }
      } catch {
        stop()
        throw error
      }
    }
  }

  deinit {
    // SAFETY: threads hold the pool while they run, so none can be using the lock any more.
    unsafe pthread_mutex_destroy(mutex)
    unsafe pthread_cond_destroy(condition)
    unsafe mutex.deallocate()
    unsafe condition.deallocate()
  }

  /// Pieces of work waiting for a thread.
  package var waitingCount: Int { locked { state.queue.waitingCount } }

  /// Runs work on one of the threads and returns what it returns or throws what it throws.
  ///
  /// Throws an ``ErrorReport`` with code `overloaded` when the queue, or the client's part of it, is full. When the calling
  /// task is cancelled, waiting work leaves the queue and `CancellationError` is thrown; running work is notified.
  ///
  /// - Parameters:
  ///   - key: Whose work it is; nil for work that belongs to no client.
  ///   - onCancel: Notifies the work that its result is not needed; called from any thread, even before it starts.
  package func run<Result: Sendable>(
    for key: WorkKey? = nil, onCancel: @escaping @Sendable () -> Void = {},
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    let ticket = Ticket()
    return try await withTaskCancellationHandler {
      try await unsafe withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Result, any Error>) in
        let refusal = submit(
          Work {
            guard !ticket.isCancelled else { return unsafe continuation.resume(throwing: CancellationError()) }
            unsafe continuation.resume(with: Swift.Result { try work() })
          } skip: {
            unsafe continuation.resume(throwing: CancellationError())
          }, of: key ?? Self.ownerless, ticket)
        if let refusal { unsafe continuation.resume(throwing: refusal) }
        if ticket.isCancelled { withdraw(ticket) }
      }
    } onCancel: {
      ticket.cancel()
      onCancel()
      withdraw(ticket)
    }
  }

  /// Queues work without waiting for it; returns the refusal when the queue is full or the pool is stopped.
  package func submit(_ work: @escaping @Sendable () -> Void) -> ErrorReport? {
    submit(Work(run: work, skip: {}), of: Self.ownerless, nil)
  }

  private func submit(_ work: Work, of key: WorkKey, _ ticket: Ticket?) -> ErrorReport? {
    locked {
      if state.isStopped {
        return ErrorReport(code: "shutting_down", message: "the server is shutting down; send the request again later")
      }
      state.lastID += 1
      guard state.queue.append(work, id: state.lastID, of: key) else {
        return ErrorReport(
          code: "overloaded",
          message: "\(state.queue.waitingCount) requests are already waiting; send the request again later")
      }
      ticket?.queued(as: state.lastID, of: key)
      if state.idleCount > 0 { unsafe pthread_cond_signal(condition) }
      return nil
    }
  }

  /// Takes work out of the queue that its caller gave up.
  private func withdraw(_ ticket: Ticket) {
    guard let place = ticket.place else { return }
    let work = locked { state.queue.withdraw(id: place.id, of: place.key) }
    work?.skip()
  }

  /// Refuses new work, finishes what is queued and joins the threads.
  ///
  /// Call it once, not from a worker.
  package func stop() {
    let threads = locked {
      state.isStopped = true
      unsafe pthread_cond_broadcast(condition)
      defer { state.threads = [] }
      return state.threads
    }
    for thread in threads { thread.join() }
  }

  /// Refuses new work, drops what is queued and lets the work that runs end on its own: for work that may block for long and
  /// whose results nobody waits for any more.
  package func abandon() {
    let (threads, dropped) = locked {
      state.isStopped = true
      var dropped: [Work] = []
      while let (work, key) = state.queue.next() {
        dropped.append(work)
        state.queue.ended(key)
      }
      unsafe pthread_cond_broadcast(condition)
      defer { state.threads = [] }
      return (state.threads, dropped)
    }
    for work in dropped { work.skip() }
    for thread in threads { thread.detach() }
  }

  private func work() {
    while let (work, key) = next() {
      work.run()
      locked { state.queue.ended(key) }
    }
  }

  private func next() -> (element: Work, key: WorkKey)? {
    locked {
      while true {
        if let next = state.queue.next() { return next }
        // What waits behind its client's share at the end is left to the thread that ends the client's other work.
        if state.isStopped { return nil }
        state.idleCount += 1
        unsafe pthread_cond_wait(condition, mutex)
        state.idleCount -= 1
      }
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body()
  }
}

/// One queued piece of work.
private struct Work: Sendable {
  let run: @Sendable () -> Void
  /// Called instead when it is taken out of the queue.
  let skip: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void, skip: @escaping @Sendable () -> Void) {
    self.run = run
    self.skip = skip
  }
}

/// Where work waits, and whether the task that waits for it was cancelled.
private final class Ticket: Sendable {
  private struct State {
    var isCancelled = false
    var place: (id: UInt64, key: WorkKey)?
  }

  private let state = Mutex(State())

  var isCancelled: Bool { state.withLock(\.isCancelled) }
  var place: (id: UInt64, key: WorkKey)? { state.withLock(\.place) }

  func cancel() { state.withLock { $0.isCancelled = true } }
  func queued(as id: UInt64, of key: WorkKey) { state.withLock { $0.place = (id, key) } }
}
