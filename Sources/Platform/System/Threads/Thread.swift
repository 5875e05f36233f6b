import CSystemShims
import Glibc
import Synchronization

/// A joinable POSIX thread with a name that `ps` and `perf` show.
package struct Thread: ~Copyable, Sendable {
  private let identity: pthread_t

  /// Starts a thread.
  /// - Parameter name: at most 15 bytes; the rest is cut (pthread_setname_np(3)).
  package init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    let box = Box(name: String(name.utf8.prefix(15)) ?? "thread", body: body)
    // SAFETY: the new thread takes the retained box over; when it could not start it is released here.
    let retained = unsafe Unmanaged.passRetained(box)
    var identity = pthread_t()
    let result = unsafe pthread_create(
      &identity, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let box = unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
        _ = unsafe CSystemShims_set_thread_name(box.name)
        box.body()
        return nil
      }, retained.toOpaque())
    guard result == 0 else {
      unsafe retained.release()
      throw SystemError(call: "pthread_create", code: result)
    }
    self.identity = identity
  }

  /// Lets the calling thread pause; at least that long (clock_nanosleep(2)).
  package static func sleep(for duration: Duration) {
    let end = max(0, (Instant.now + duration).nanoseconds)
    var time = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
    // SAFETY: the time is a local; with TIMER_ABSTIME an interrupted sleep is simply resumed.
    while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }

  /// Lets the thread end on its own; nobody waits for it.
  package consuming func detach() {
    let result = pthread_detach(identity)
    precondition(result == 0, "pthread_detach failed with \(result)")
  }

  /// Waits for the thread to end.
  package consuming func join() {
    let result = pthread_join(identity, nil)
    precondition(result == 0, "pthread_join failed with \(result)")
  }

  private final class Box: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
}

/// A shared handle on a thread that is joined once.
package final class ThreadHandle: Sendable {
  private let thread: Mutex<Thread?>

  package init(_ thread: consuming sending Thread) { self.thread = Mutex(thread) }

  /// Waits for the thread to end; without effect the second time.
  package func join() {
    let taken = thread.withLock { thread in thread.take() }
    if let taken { taken.join() }
  }

  /// Lets the thread end on its own; without effect after ``join()``.
  package func detach() {
    let taken = thread.withLock { thread in thread.take() }
    if let taken { taken.detach() }
  }
}

/// The number of processors this process may run on (sched_getaffinity(2)), at least 1.
package func availableProcessorCount() -> Int {
  max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}

/// The bytes of a page of memory (sysconf(3)).
package func pageByteCount() -> Int { max(1, Int(sysconf(Int32(_SC_PAGESIZE)))) }
