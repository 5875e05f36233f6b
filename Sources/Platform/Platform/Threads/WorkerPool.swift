package import Ground
import Synchronization
import Glibc

/// A fixed number of threads for work that may block, with a bounded queue.
///
/// Its `run` is the one that the `BlockingWorkers` port asks for; the composition declares the conformance.
@safe
package final class WorkerPool: @unchecked Sendable {  // the mutex guards every field that changes
  private struct State {
    var queue: [Work] = []
    var head = 0
    var isStopped = false
    var idleCount = 0
    var threads: [ThreadHandle] = []
  }

  private let queueCountMax: Int
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var state = State()

  /// Starts the threads.
  /// - Parameters:
  ///   - name: prefix of the threads' names.
  ///   - threadCount: how many pieces of work run at once.
  ///   - queueCountMax: how many more may wait; the next is refused with code `overloaded`.
  package init(name: String, threadCount: Int, queueCountMax: Int) throws(SystemError) {
    precondition(threadCount > 0 && queueCountMax > 0, "a pool needs threads and a queue")
    self.queueCountMax = queueCountMax
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
  package var waitingCount: Int { locked { state.queue.count - state.head } }

  /// Runs work on one of the threads and returns what it returns or throws what it throws.
  ///
  /// Throws an ``ErrorReport`` with code `overloaded` when the queue is full, and `CancellationError` when the calling
  /// task was cancelled before the work began.
  package func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    let ticket = Ticket()
    return try await withTaskCancellationHandler {
      try await unsafe withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Result, any Error>) in
        let refusal = submit(
          Work {
            guard !ticket.isCancelled else { return unsafe continuation.resume(throwing: CancellationError()) }
            unsafe continuation.resume(with: Swift.Result { try work() })
          })
        if let refusal { unsafe continuation.resume(throwing: refusal) }
      }
    } onCancel: {
      ticket.cancel()
    }
  }

  /// Queues work without waiting for it; returns the refusal when the queue is full or the pool is stopped.
  package func submit(_ work: @escaping @Sendable () -> Void) -> ErrorReport? { submit(Work(run: work)) }

  private func submit(_ work: Work) -> ErrorReport? {
    locked {
      if state.isStopped {
        return ErrorReport(code: "shutting_down", message: "the server is shutting down; send the request again later")
      }
      if state.queue.count - state.head >= queueCountMax {
        return ErrorReport(
          code: "overloaded",
          message: "\(queueCountMax) pieces of work are already waiting; send the request again later")
      }
      state.queue.append(work)
      if state.idleCount > 0 { unsafe pthread_cond_signal(condition) }
      return nil
    }
  }

  /// Refuses new work, finishes what is queued and joins the threads. Call it once, not from a worker.
  package func stop() {
    let threads = locked {
      state.isStopped = true
      unsafe pthread_cond_broadcast(condition)
      defer { state.threads = [] }
      return state.threads
    }
    for thread in threads { thread.join() }
  }

  private func work() {
    while let next = next() { next.run() }
  }

  private func next() -> Work? {
    locked {
      while state.head == state.queue.count {
        if state.isStopped { return nil }
        state.idleCount += 1
        unsafe pthread_cond_wait(condition, mutex)
        state.idleCount -= 1
      }
      let work = state.queue[state.head]
      state.head += 1
      if state.head == state.queue.count {
        state.queue.removeAll(keepingCapacity: true)
        state.head = 0
      } else if state.head >= queueCountMax {
        state.queue.removeFirst(state.head)
        state.head = 0
      }
      return work
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
}

/// Whether the task that waits for work was cancelled.
private final class Ticket: Sendable {
  private let flag = Atomic<Bool>(false)
  var isCancelled: Bool { flag.load(ordering: .relaxed) }
  func cancel() { flag.store(true, ordering: .relaxed) }
}
