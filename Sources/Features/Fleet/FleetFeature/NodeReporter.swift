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

  private let pace: Pace
  private let name: String
  private let version: String
  private let labels: [String: String]
  /// Tells this run of the program from others.
  private let run: String
  private let clockOffset: @Sendable () -> Double?
  private let gpus: GPUCollector?
  private let logger: Logger
  private let send: @Sendable (NodeReport) -> String?
  private let isStopping = Monitor(false)
  private let thread = Mutex<Thread?>(nil)
  /// Why the newest report was not taken; nil when it was.
  private let failure = Mutex<String?>(nil)

  /// - Parameters:
  ///   - clockOffset: by how many seconds this machine's clock is ahead of the server's; nil where it is not known.
  ///   - send: hands a report over; what the receiver has against it, nil for nothing.
  init(
    name: String, version: String, labels: [String: String] = [:],
    run: String = Hex.encode(UInt64.random(in: .min ... .max)), gpus: GPUCollector?, pace: Pace = Pace(),
    logger: Logger, clockOffset: @escaping @Sendable () -> Double? = { nil },
    send: @escaping @Sendable (NodeReport) -> String?
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
    isStopping.withLock { $0 = true }
    isStopping.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  private func report() {
    var report = NodeReport(gpus?.snapshot(), name: name, version: version, labels: labels)
    report.run = run
    report.clockOffsetSeconds = clockOffset()
    let problem = send(report)
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
    return isStopping.wait { isStopping, now, wakeAt in
      if isStopping { return false }
      wakeAt = end
      return now >= end ? true : nil
    }
  }
}
