import CSystemShims
import Glibc

/// The terminal of this process, taken for a whole screen; given back as it was when this value goes.
///
/// Give it back before the process ends in any other way; a crash gives it back too. Make it on the first thread before any
/// other begins, as the signals below are blocked in the threads that come after.
package struct TerminalScreen: ~Copyable {
  /// What happened while it was waited for.
  package enum Event: Sendable, Hashable {
    /// Bytes of keys.
    case input([UInt8])
    /// The terminal has another size.
    case resized
    /// A signal asks the process to end.
    case endAsked(signal: Int32)
    /// A signal asks the process to pause.
    case pauseAsked
    /// The terminal is gone.
    case closed
    /// The counter was signalled.
    case woken
    /// Nothing, for as long as was said.
    case nothing
  }

  private static let endSignals: Set<Int32> = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

  private let signals: SignalReader

  /// Whether standard input and output are a terminal.
  package static var isThere: Bool { Terminal.isTerminal(STDIN_FILENO) && Terminal.isTerminal(STDOUT_FILENO) }

  package init() throws(SystemError) {
    let signals = try SignalReader(Self.endSignals + [SIGWINCH, SIGTSTP])
    try Self.enter()
    self.signals = signals
  }

  deinit { CSystemShims_terminal_leave() }

  private static func enter() throws(SystemError) {
    _ = try checkedCall("tcsetattr") { CSystemShims_terminal_enter(STDIN_FILENO, STDOUT_FILENO) }
  }

  /// Columns and rows; 80 and 24 where the terminal does not say.
  package borrowing func size() -> (columns: Int, rows: Int) {
    let columns = Int(CSystemShims_terminal_columns(STDOUT_FILENO))
    let rows = Int(CSystemShims_terminal_rows(STDOUT_FILENO))
    return (columns > 0 ? columns : 80, rows > 0 ? rows : 24)
  }

  package borrowing func write(_ text: String) { StandardStream.write(text, to: STDOUT_FILENO) }

  /// Waits for a key, a signal, or the counter.
  package borrowing func wait(
    _ counter: borrowing EventCounter, atMost duration: Duration
  ) throws(SystemError) -> Event {
    var entries = [STDIN_FILENO, signals.rawValue, counter.rawValue].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    let milliseconds = Int32(clamping: max(0, duration.wholeNanoseconds) / 1_000_000)
    let count = unsafe entries.withUnsafeMutableBufferPointer { entries in
      // SAFETY: the buffer's own address and count.
      unsafe poll(entries.baseAddress, nfds_t(entries.count), milliseconds)
    }
    if count < 0 {
      let code = errno
      if code == EINTR { return .nothing }
      throw SystemError(call: "poll", code: code)
    }
    if entries[1].revents != 0 { return event(of: try signals.next()) }
    if entries[0].revents != 0 { return try input() }
    if entries[2].revents != 0 {
      counter.reset()
      return .woken
    }
    return .nothing
  }

  private borrowing func event(of signal: Int32) -> Event {
    if Self.endSignals.contains(signal) { return .endAsked(signal: signal) }
    return signal == SIGTSTP ? .pauseAsked : .resized
  }

  private borrowing func input() throws(SystemError) -> Event {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      // SAFETY: the buffer's own address and count.
      unsafe Glibc.read(STDIN_FILENO, bytes.baseAddress, bytes.count)
    }
    if count > 0 { return .input(Array(buffer[..<count])) }
    // EIO: the other side of a pseudo-terminal is gone.
    if count == 0 || errno == EIO { return .closed }
    if errno == EINTR || errno == EAGAIN { return .nothing }
    throw SystemError(call: "read", code: errno)
  }

  /// Gives the terminal back, stops the process as the shell's job control does, and takes the terminal again when the
  /// process goes on.
  package borrowing func pause() throws(SystemError) {
    CSystemShims_terminal_leave()
    _ = try checkedCall("kill") { kill(getpid(), SIGSTOP) }
    try Self.enter()
  }

  /// Ends the process by a signal as if it had not been caught, so that whoever started it sees that.
  package consuming func end(by signal: Int32) {
    CSystemShims_terminal_leave()
    var set = sigset_t()
    // SAFETY: the set is a local that every call gets by address.
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, signal)
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(signal)
  }
}
