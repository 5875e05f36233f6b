package import Base
import Glibc
import Synchronization

/// Writes log records to standard error, or to another descriptor that outlives it.
///
/// A record is one write. When the reader of a pipe or socket does not keep up, records are dropped and counted rather
/// than the thread held; the next record that goes through is preceded by one that says how many were lost.
package final class StandardErrorSink: LogSink {
  package let level: LogLevel
  private let format: LogFormat
  private let colors: Bool
  private let descriptor: Int32
  private let isSocket: Bool
  private let now: @Sendable () -> UnixNanoseconds
  private let state = Mutex(State())

  private struct State {
    /// Records lost since the last one that went through.
    var lost: UInt64 = 0
    var droppedCount: UInt64 = 0
    /// The rest of a record of which a socket took only a part.
    var rest: [UInt8] = []
  }

  /// - Parameters:
  ///   - colors: nil for colours if the descriptor is a terminal and NO_COLOR (https://no-color.org) is not set.
  ///   - now: the wall clock.
  package init(
    level: LogLevel, format: LogFormat, colors: Bool? = nil, descriptor: Int32 = STDERR_FILENO,
    now: @escaping @Sendable () -> UnixNanoseconds = StandardErrorSink.wallClock
  ) {
    self.level = level
    self.format = format
    self.colors = colors ?? (unsafe getenv("NO_COLOR") == nil && isatty(descriptor) == 1)
    self.descriptor = descriptor
    self.now = now
    var status = stat()
    // SAFETY: status is a whole stat that lives through the call.
    isSocket = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
  }

  /// How many records were lost because standard error would not take them.
  package var droppedCount: UInt64 { state.withLock { $0.droppedCount } }

  package func write(_ level: LogLevel, component: String, message: String, fields: [LogField]) {
    let line = record(level, component, message, fields).line(format, colors: colors)
    state.withLock { state in
      if !state.rest.isEmpty {
        guard let count = put(state.rest), count == state.rest.count else { return lose(&state) }
        state.rest = []
      }
      if state.lost > 0 {
        let notice = record(.warning, "log", "log records were lost", [LogField("count", state.lost)])
        guard put(whole: notice.line(format, colors: colors), &state) else { return lose(&state) }
        state.lost = 0
      }
      if !put(whole: line, &state) { lose(&state) }
    }
  }

  private func lose(_ state: inout State) {
    state.lost += 1
    state.droppedCount += 1
  }

  private func record(_ level: LogLevel, _ component: String, _ message: String, _ fields: [LogField]) -> LogRecord {
    LogRecord(time: now(), level: level, component: component, message: message, fields: fields)
  }

  private func put(whole line: [UInt8], _ state: inout State) -> Bool {
    guard let count = put(line) else { return false }
    if count < line.count { state.rest = Array(line[count...]) }
    return true
  }

  /// Writes without blocking; nil when nothing was taken.
  private func put(_ line: [UInt8]) -> Int? {
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      // SAFETY: one pollfd that lives through the call; the buffer's own address and count.
      guard unsafe poll(&entry, 1, 0) == 1, entry.revents & Int16(POLLOUT) != 0 else { return nil }
      let count =
        if isSocket {
          unsafe send(descriptor, line, line.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        } else {
          unsafe Glibc.write(descriptor, line, line.count)
        }
      if count > 0 { return count }
      if count < 0 && errno == EINTR { continue }
      return nil
    }
  }

  /// The time of day of the kernel (clock_gettime(2)).
  @Sendable package static func wallClock() -> UnixNanoseconds {
    var time = timespec()
    // SAFETY: a whole timespec that lives through the call; CLOCK_REALTIME always exists.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UnixNanoseconds(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
