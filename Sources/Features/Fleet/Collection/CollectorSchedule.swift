package import Base
package import System

/// Collectors with their intervals; each is due at fixed points of the clock, however long a run takes.
///
/// In a burst a collector gives some of its values between these points too, at parts of its interval. It belongs to one
/// thread, as its collectors do.
package final class CollectorSchedule {
  private struct Entry {
    let collector: any Collector
    let interval: Duration
    var dueAt: Instant
    /// When it is due in a burst, at ``dueAt`` at the latest; nil outside.
    var burstDueAt: Instant?

    /// The next point after a time that is whole burst intervals before it is due.
    func burstPoint(after now: Instant, _ interval: Duration) -> Instant {
      let rest = (dueAt - now).wholeNanoseconds
      let step = interval.wholeNanoseconds
      return Instant(nanoseconds: dueAt.nanoseconds - max(0, rest - 1) / step * step)
    }
  }

  private var entries: [Entry]
  /// Runs that were left out because the thread came too late for them.
  package private(set) var missedCount = 0

  /// - Parameter collectors: in the order of their numbers in ``Collected``. All are due at once.
  package init(_ collectors: [(collector: any Collector, interval: Duration)], startingAt start: Instant) {
    entries = collectors.map { entry in
      precondition(entry.interval > .zero, "the interval of \(entry.collector.name) is \(entry.interval)")
      return Entry(collector: entry.collector, interval: entry.interval, dueAt: start)
    }
  }

  package var collectorNames: [String] { entries.map(\.collector.name) }

  /// When the next collector is due; call it again when a burst may have begun.
  package func dueAt(now: Instant) -> Instant {
    var earliest = Instant.distantFuture
    for number in entries.indices {
      planBurst(of: number, now: now)
      earliest = min(earliest, entries[number].burstDueAt ?? entries[number].dueAt)
    }
    return earliest
  }

  /// Runs the collectors that are due, as one batch.
  package func collect(into collected: inout Collected, now: Instant, time: UnixNanoseconds) {
    collected.begin(at: time)
    for number in entries.indices {
      if entries[number].dueAt <= now {
        collected.run(entries[number].collector, number: number)
        let interval = entries[number].interval
        let late = (now - entries[number].dueAt).wholeNanoseconds / interval.wholeNanoseconds
        missedCount += Int(late)
        entries[number].dueAt = entries[number].dueAt + interval * Int(late + 1)
        entries[number].burstDueAt = nil
      } else if let point = entries[number].burstDueAt, point <= now,
        let collector = entries[number].collector as? any BurstCollector
      {
        collected.runBurst(collector, number: number)
        missedCount += Int((now - point).wholeNanoseconds / collector.burstInterval.wholeNanoseconds)
        entries[number].burstDueAt = nil
      }
    }
  }

  private func planBurst(of number: Int, now: Instant) {
    guard let collector = entries[number].collector as? any BurstCollector else { return }
    guard now < collector.burstUntil else {
      entries[number].burstDueAt = nil
      return
    }
    guard entries[number].burstDueAt == nil else { return }
    entries[number].burstDueAt = entries[number].burstPoint(after: now, collector.burstInterval)
  }
}
