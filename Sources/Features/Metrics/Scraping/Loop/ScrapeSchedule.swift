import System

/// When which target is scraped.
///
/// Pure: times come in, targets that are due come out.
///
/// A target never has two scrapes at once: a tick at which its last scrape still runs, or waits for its turn, is left
/// out.
struct ScrapeSchedule {
  /// A target that is due, with the time at which it was due.
  struct Due: Equatable {
    let id: Int
    let time: Instant
  }

  private enum Activity { case idle, waiting, running }

  private struct Entry {
    let interval: Int64
    var next: Instant
    var activity = Activity.idle
  }

  private struct Tick {
    let time: Instant
    let id: Int
  }

  /// How many scrapes run at once.
  let runningCountMax: Int
  private var entries: [Int: Entry] = [:]
  /// The next tick of each entry, the earliest first: a binary heap.
  ///
  /// Ticks of removed entries stay until they are due.
  private var ticks: [Tick] = []
  /// Targets that are due while as many run as may, in order.
  private var waiting: [Due] = []
  private var waitingHead = 0
  private(set) var runningCount = 0
  /// Ticks that were left out.
  private(set) var skippedCount = 0

  init(runningCountMax: Int) {
    precondition(runningCountMax > 0, "no scrape could run")
    self.runningCountMax = runningCountMax
  }

  var count: Int { entries.count }

  /// When the next tick is; nil when there is none.
  var nextTime: Instant? { ticks.first?.time }

  /// Adds a target; an id is never used twice.
  mutating func add(_ id: Int, interval: Duration, first: Instant) {
    precondition(entries[id] == nil, "target \(id) is there already")
    entries[id] = Entry(interval: max(1_000_000, interval.wholeNanoseconds), next: first)
    push(Tick(time: first, id: id))
  }

  /// Removes a target.
  ///
  /// A scrape of it that runs is still to be ended by ``finished(_:)``.
  mutating func remove(_ id: Int) { entries[id] = nil }

  /// The targets whose scrapes begin now.
  mutating func begin(_ now: Instant) -> [Due] {
    while let tick = ticks.first, tick.time <= now {
      _ = pop()
      guard var entry = entries[tick.id] else { continue }
      let missed = (now.nanoseconds - tick.time.nanoseconds) / entry.interval
      // The last of the ticks that have passed is the one that counts.
      let time = Instant(nanoseconds: tick.time.nanoseconds + missed * entry.interval)
      skippedCount += Int(missed)
      entry.next = Instant(nanoseconds: time.nanoseconds + entry.interval)
      push(Tick(time: entry.next, id: tick.id))
      if entry.activity == .idle {
        entry.activity = .waiting
        waiting.append(Due(id: tick.id, time: time))
      } else {
        skippedCount += 1
      }
      entries[tick.id] = entry
    }
    return beginWaiting()
  }

  private mutating func beginWaiting() -> [Due] {
    var begun: [Due] = []
    while runningCount < runningCountMax, waitingHead < waiting.count {
      let due = waiting[waitingHead]
      waitingHead += 1
      guard entries[due.id] != nil else { continue }
      entries[due.id]?.activity = .running
      runningCount += 1
      begun.append(due)
    }
    if waitingHead == waiting.count || waitingHead >= 1024 {
      waiting.removeFirst(waitingHead)
      waitingHead = 0
    }
    return begun
  }

  /// A scrape has ended, also one of a target that was removed meanwhile.
  mutating func finished(_ id: Int) {
    precondition(runningCount > 0, "more scrapes ended than began")
    runningCount -= 1
    entries[id]?.activity = .idle
  }

  /// Whether a scrape could begin now.
  var hasTurn: Bool { runningCount < runningCountMax && waitingHead < waiting.count }

  // MARK: The heap

  private mutating func push(_ tick: Tick) {
    ticks.append(tick)
    var child = ticks.count - 1
    while child > 0, ticks[child].time < ticks[(child - 1) / 2].time {
      ticks.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() -> Tick {
    ticks.swapAt(0, ticks.count - 1)
    let first = ticks.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < ticks.count && ticks[child].time < ticks[least].time {
        least = child
      }
      if least == parent { return first }
      ticks.swapAt(parent, least)
      parent = least
    }
  }
}
