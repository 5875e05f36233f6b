import Base
import Collection
import Feature
import Metrics
import Synchronization
import System

/// A thread that runs collectors on their schedule for as long as the server runs.
final class CollectionThread: Sendable {
  typealias Collectors = @Sendable () -> [(collector: any Collector, interval: Duration)]

  let name: String
  private let collectors: Collectors
  private let queue: SampleQueue
  private let source: SampleSource
  private let now: @Sendable () -> UnixNanoseconds
  private let logger: Logger
  private let control = Monitor(Control())
  private let newest = Mutex<Collected?>(nil)
  let missedCount = Counter()

  private struct Control {
    var isStopping = false
    var isRunning = false
    /// A burst has begun.
    var isBurstNew = false
  }

  /// - Parameters:
  ///   - name: of the thread.
  ///   - collectors: makes the collectors, on the thread, to which they belong.
  init(
    name: String, collectors: @escaping Collectors, queue: SampleQueue, source: SampleSource,
    now: @escaping @Sendable () -> UnixNanoseconds, logger: Logger
  ) {
    self.name = name
    self.collectors = collectors
    self.queue = queue
    self.source = source
    self.now = now
    self.logger = logger
  }

  /// What was collected so far; nil before the first batch.
  var collected: Collected? { newest.withLock { $0 } }

  /// - Parameter format: of the requests with what is collected.
  func start(_ format: SampleFormat) throws(SystemError) {
    control.withLock { $0.isRunning = true }
    do throws(SystemError) {
      let thread = try Thread(name: name) { [self] in
        run(format)
        control.withLock { $0.isRunning = false }
        control.notifyAll()
      }
      thread.detach()
    } catch {
      control.withLock { $0.isRunning = false }
      throw error
    }
  }

  /// Lets what was begun be finished, and waits a while for it: a read of a sensor's file may hang in its driver.
  ///
  /// - Returns: Whether the thread has ended.
  @discardableResult
  func stop(within limit: Duration = .seconds(5)) -> Bool {
    control.withLock { $0.isStopping = true }
    control.notifyAll()
    let end = Instant.now + limit
    return control.wait { control, now, wakeAt -> Bool? in
      if !control.isRunning { return true }
      if now >= end { return false }
      wakeAt = end
      return nil
    }
  }

  /// Looks at the schedule again, since a burst has begun.
  func noteBurst() {
    control.withLock { $0.isBurstNew = true }
    control.notifyAll()
  }

  private func run(_ format: SampleFormat) {
    let schedule = CollectorSchedule(collectors(), startingAt: .now)
    var collected = Collected(collectors: schedule.collectorNames)
    var encoder = format.makeEncoder(source)
    var problems = [CollectionProblem?](repeating: nil, count: schedule.collectorNames.count)
    var missedCount = 0
    repeat {
      schedule.collect(into: &collected, now: .now, time: now())
      let (request, sampleCount) = encoder.encode(collected)
      queue.add(request, sampleCount: sampleCount)
      publish(collected)
      log(collected, &problems)
      self.missedCount.add(schedule.missedCount - missedCount)
      missedCount = schedule.missedCount
    } while wait(for: schedule)
  }

  private func publish(_ collected: borrowing Collected) {
    newest.withLock { newest in
      if newest == nil { newest = Collected(collectors: collected.statuses.map(\.name)) }
      newest?.update(from: collected)
    }
  }

  /// Says once what of this machine is not available, and why.
  private func log(_ collected: borrowing Collected, _ problems: inout [CollectionProblem?]) {
    for (number, status) in collected.statuses.enumerated() {
      let problem = status.problems.first
      guard problem != problems[number] else { continue }
      problems[number] = problem
      guard let problem else { continue }
      logger.info(
        "not everything of this machine can be collected", .init("collector", status.name), .init("reason", problem))
    }
  }

  private enum Turn {
    case end, collect, burst
  }

  /// Waits until something is due; false at the end.
  private func wait(for schedule: CollectorSchedule) -> Bool {
    while true {
      let due = schedule.dueAt(now: .now)
      let turn = control.wait { control, now, wakeAt -> Turn? in
        if control.isStopping { return .end }
        if control.isBurstNew {
          control.isBurstNew = false
          return .burst
        }
        wakeAt = due
        return now >= due ? .collect : nil
      }
      if turn != .burst { return turn == .collect }
    }
  }
}
