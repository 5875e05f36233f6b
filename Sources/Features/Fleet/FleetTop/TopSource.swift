import Base
import Commands
import Synchronization
import System

/// Asks for frames on a thread of its own, so that a server that does not respond does not hold up the keys.
final class TopSource: Sendable {
  /// What is known: the newest frame, and how the newest request went.
  struct State: Sendable {
    var frame = TopFrame()
    var status = TopStatus.waiting
    /// An error that does not go away by asking again, such as a key that may not query.
    var failure: Failure?
  }

  struct Failure: Sendable {
    let code: ExitCode
    let message: String
  }

  /// A reader with the command's context, which is not made to be shared.
  private final class Box: @unchecked Sendable {  // after `start` the thread alone uses it
    var reader: TopReader
    let now: () -> UnixNanoseconds

    init(_ reader: TopReader, now: @escaping () -> UnixNanoseconds) {
      self.reader = reader
      self.now = now
    }
  }

  private let state = Mutex(State())
  private let interval: Duration
  /// Signalled with each change.
  let changed: EventCounter

  init(interval: Duration) throws(SystemError) {
    self.interval = interval
    changed = try EventCounter()
  }

  var current: State { state.withLock { $0 } }

  /// Begins to ask; ends with the process, as a request that waits cannot be ended.
  func start(_ reader: TopReader, now: @escaping () -> UnixNanoseconds) throws(SystemError) {
    let box = Box(reader, now: now)
    let thread = try Thread(name: "top") { [self] in
      while read(box) { Thread.sleep(for: interval) }
    }
    thread.detach()
  }

  /// False where asking again is of no use.
  private func read(_ box: Box) -> Bool {
    defer { changed.signal() }
    do throws(CommandFailure) {
      let frame = try box.reader.frame(at: box.now())
      state.withLock { ($0.frame, $0.status) = (frame, .current) }
      return true
    } catch {
      // The first line says what is wrong; what to do about it has no room.
      let reason = String(error.message.prefix { $0 != "\n" })
      let isFinal = error.code == .notPermitted || error.code == .usage
      state.withLock { state in
        state.status = .away(reason: reason)
        if isFinal { state.failure = Failure(code: error.code, message: error.message) }
      }
      return !isFinal
    }
  }
}
