package import Base
import Glibc

/// The signals that end a program that goes on until somebody stops it, or have it read files again.
///
/// Make it on the first thread before any other thread begins, as with ``SignalReader``.
package struct StopSignals: ~Copyable, Sendable {
  private let signals: SignalReader
  private let hadTerminal: Bool

  package init() throws(SystemError) {
    hadTerminal = Terminal.isTerminal(STDIN_FILENO)
    try SignalReader.ignoreBrokenPipes()
    signals = try SignalReader([SIGTERM, SIGINT, SIGHUP])
  }

  /// Waits for a signal to stop and returns its name; calls `reload` at every SIGHUP before it.
  ///
  /// SIGHUP of a terminal that was closed is one to stop, as it is for a program that takes no notice of it.
  package borrowing func next(reload: () -> Void) throws(SystemError) -> String {
    while true {
      switch try signals.next() {
      case SIGHUP where hadTerminal && !Terminal.isTerminal(STDIN_FILENO): return "SIGHUP"
      case SIGHUP: reload()
      case SIGINT: return "SIGINT"
      default: return "SIGTERM"
      }
    }
  }

  /// Ends the process when a further signal to stop comes: someone who asks twice does not want to wait.
  ///
  /// One right after the first is the same request: timeout(1) signals the process, and then its group.
  ///
  /// - Parameter loss: what is lost then, for the log.
  package consuming func exitAtNext(_ logger: Logger, loss: String) {
    Self.exitAtNext(of: signals, logger, loss: loss)
  }

  /// Shorter than two strokes of a key.
  private static let sameRequest = Duration.milliseconds(100)

  private static func exitAtNext(of signals: consuming SignalReader, _ logger: Logger, loss: String) {
    let begin = Instant.now
    do throws(SystemError) {
      let thread = try Thread(name: "signals") { [signals] in
        do throws(SystemError) {
          while try signals.next() == SIGHUP || Instant.now - begin < sameRequest {}
          logger.warning("stopped immediately by a second signal; \(loss)")
        } catch {
          logger.error("cannot wait for a second signal", .init("error", error))
          return
        }
        exit(130)
      }
      thread.detach()
    } catch {
      logger.warning("a second signal will not be noticed", .init("error", error))
    }
  }
}
