internal import CAxonizeCore
internal import Glibc

/// A flag that threads wait for; once set it stays so.
@safe final class Signal: Sendable {
  // SAFETY for every use below: allocated in `init`, freed in `deinit`, and only touched by atomic operations.
  private nonisolated(unsafe) let word: UnsafeMutablePointer<UInt32>

  init() {
    unsafe word = .allocate(capacity: 1)
    unsafe word.initialize(to: 0)
  }

  deinit { unsafe word.deallocate() }

  var isSet: Bool { unsafe axz_load32(word) != 0 }

  func set() {
    unsafe axz_store32(word, 1)
    unsafe axz_futex_wake(word)
  }

  /// Waits until the flag is set or the time has passed; whether it is set.
  func wait(_ timeout: Duration) -> Bool {
    let limit = axz_clock(CLOCK_MONOTONIC) &+ timeout.nanoseconds
    while !isSet {
      let now = axz_clock(CLOCK_MONOTONIC)
      if now >= limit { return false }
      unsafe axz_futex_wait(word, 0, limit &- now)
    }
    return true
  }
}

/// A thread of the SDK.
///
/// It takes no signals: those are the program's.
final class BackgroundThread: Sendable {
  /// Set when the thread's work has ended.
  let ended = Signal()

  private final class Work: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Starts a thread; nil when the system has none to give.
  init?(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let ended = ended
    let work = Work(name: name) {
      body()
      ended.set()
    }
    // SAFETY: the thread takes over the reference that is retained here; where it does not start it is released.
    let argument = unsafe Unmanaged.passRetained(work)
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let result = unsafe pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
        unsafe axz_name_thread(work.name)
        work.body()
        return nil
      }, argument.toOpaque())
    unsafe pthread_attr_destroy(&attributes)
    if result != 0 {
      unsafe argument.release()
      return nil
    }
  }
}
