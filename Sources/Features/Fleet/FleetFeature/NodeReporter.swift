import Base
import GPUCollection
import NodeReports
import Synchronization
import System

/// Tells the registry of nodes again and again what this machine and its GPUs are.
///
/// A report is about now, so none is kept where it is not taken.
final class NodeReporter: Sendable {
  /// When reports are made.
  struct Pace: Sendable {
    /// Between two: an event is to be seen soon, and a report costs less than a millisecond.
    var interval = Duration.seconds(5)
    /// Before the first: so long may it take until the GPUs are found.
    var firstAfter = Duration.seconds(1)
  }

  /// What became of a report.
  struct Result: Sendable {
    /// What the receiver has against it; nil for nothing.
    var problem: String?
    /// What the receiver asks for.
    var burst: BurstOrder?
  }

  private struct Control {
    var isStopping = false
    /// A report is wanted before the interval is over.
    var isWanted = false
  }

  private let pace: Pace
  private let name: String
  private let version: String
  private let labels: [String: String]
  /// Tells this run of the program from others.
  private let run: String
  private let clockOffset: @Sendable () -> Double?
  private let gpus: GPUCollector?
  private let logger: Logger
  private let send: @Sendable (NodeReport) -> Result
  private let control = Monitor(Control())
  private let thread = Mutex<Thread?>(nil)
  /// Why the newest report was not taken; nil when it was.
  private let failure = Mutex<String?>(nil)

  /// - Parameters:
  ///   - clockOffset: by how many seconds this machine's clock is ahead of the server's; nil where it is not known.
  ///   - send: hands a report over.
  init(
    name: String, version: String, labels: [String: String] = [:],
    run: String = Hex.encode(UInt64.random(in: .min ... .max)), gpus: GPUCollector?, pace: Pace = Pace(),
    logger: Logger, clockOffset: @escaping @Sendable () -> Double? = { nil },
    send: @escaping @Sendable (NodeReport) -> Result
  ) {
    self.run = run
    self.clockOffset = clockOffset
    self.name = name
    self.version = version
    self.labels = labels
    self.gpus = gpus
    self.pace = pace
    self.logger = logger
    self.send = send
  }

  var problem: String? { failure.withLock { $0 } }

  func start() throws(SystemError) {
    try thread.withLock { thread throws(SystemError) in
      thread = try Thread(name: "fleet-report") { [self] in
        var pause = pace.firstAfter
        while wait(pause) {
          report()
          pause = pace.interval
        }
      }
    }
  }

  func stop() {
    control.withLock { $0.isStopping = true }
    control.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  /// Reports at once, as when a burst has begun.
  func reportNow() {
    control.withLock { $0.isWanted = true }
    control.notifyAll()
  }

  private func report() {
    var report = NodeReport(gpus?.snapshot(), name: name, version: version, labels: labels)
    report.run = run
    report.clockOffsetSeconds = clockOffset()
    let result = send(report)
    note(result.problem)
    guard let order = result.burst, let gpus else { return }
    do throws(GPUBurstRefusal) {
      try gpus.burst(for: .seconds(order.seconds), reason: order.reason)
    } catch {
      logger.warning(
        "the server asks for a burst, and there were as many in the last hour as fleet.burst_hourly_max allows",
        .init("reason", order.reason))
    }
  }

  private func note(_ problem: String?) {
    let before = failure.withLock { failure in
      defer { failure = problem }
      return failure
    }
    guard problem != before else { return }
    if let problem {
      logger.warning("the list of nodes does not have this machine as it is", .init("reason", problem))
    } else {
      logger.info("the list of nodes has this machine as it is again")
    }
  }

  /// False at the end.
  private func wait(_ pause: Duration) -> Bool {
    let end = Instant.now + pause
    return control.wait { control, now, wakeAt in
      if control.isStopping { return false }
      wakeAt = end
      guard now >= end || control.isWanted else { return nil }
      control.isWanted = false
      return true
    }
  }
}
