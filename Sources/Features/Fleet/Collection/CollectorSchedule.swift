package import Base
package import System

/// Collectors with their intervals; each is due at fixed points of the clock, however long a run takes.
///
/// It belongs to one thread, as its collectors do.
package final class CollectorSchedule {
  private struct Entry {
    let collector: any Collector
    let interval: Duration
    var dueAt: Instant
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

  /// When the next collector is due.
  package var dueAt: Instant {
    var earliest = Instant.distantFuture
    for entry in entries where entry.dueAt < earliest { earliest = entry.dueAt }
    return earliest
  }

  /// Runs the collectors that are due, as one batch.
  package func collect(into collected: inout Collected, now: Instant, time: UnixNanoseconds) {
    collected.begin(at: time)
    for number in entries.indices where entries[number].dueAt <= now {
      collected.run(entries[number].collector, number: number)
      let interval = entries[number].interval
      let late = (now - entries[number].dueAt).wholeNanoseconds / interval.wholeNanoseconds
      missedCount += Int(late)
      entries[number].dueAt = entries[number].dueAt + interval * Int(late + 1)
    }
  }
}
