import Glibc

/// State under a lock, with a condition that threads wait for: the classic monitor.
///
/// Bodies run under the lock: they MUST be short, MUST NOT call out and MUST NOT enter the monitor again.
@safe
package final class Monitor<State>: @unchecked Sendable {  // the mutex guards the state
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var state: State

  package init(_ state: sending State) {
    self.state = state
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    // SAFETY: the attributes are initialised before and destroyed after their one use.
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    // SAFETY: whoever waits or holds the lock holds the monitor too, so nobody does any more.
    unsafe pthread_mutex_destroy(mutex)
    unsafe pthread_cond_destroy(condition)
    unsafe mutex.deallocate()
    unsafe condition.deallocate()
  }

  /// Reads or changes the state.
  package func withLock<Result, Failure: Error>(
    _ body: (inout sending State) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  /// Wakes every waiting thread, which then look at the state again.
  package func notifyAll() { unsafe pthread_cond_broadcast(condition) }

  /// Waits until `body` returns a value; it is asked again after each notification and when the time it named is there.
  ///
  /// `body` gets the state and the time, and sets its last argument to the point until which it is worth waiting.
  package func wait<Result>(_ body: (inout State, _ now: Instant, _ wakeAt: inout Instant) -> Result?) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while true {
      var wakeAt = Instant.distantFuture
      if let result = body(&state, .now, &wakeAt) { return result }
      if wakeAt == .distantFuture {
        unsafe pthread_cond_wait(condition, mutex)
      } else {
        let point = max(0, wakeAt.nanoseconds)
        var time = timespec(tv_sec: Int(point / 1_000_000_000), tv_nsec: Int(point % 1_000_000_000))
        // SAFETY: the lock is held and `time` lives during the call. A time-out is not an error here.
        _ = unsafe pthread_cond_timedwait(condition, mutex, &time)
      }
    }
  }
}
