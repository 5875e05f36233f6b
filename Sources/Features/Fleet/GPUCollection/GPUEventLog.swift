import Base
import Synchronization

/// Events of all GPUs: how many of each, and the newest.
package final class GPUEventLog: Sendable {
  /// How many are kept; older ones are only counted.
  package static let recentCountMax = 256
  /// The library and the kernel's log report one fault within milliseconds of each other.
  private static let sameWithin: Int64 = 5_000_000_000
  /// GPUs by kinds of events; a driver knows some two hundred codes.
  private static let counterCountMax = 4096

  private struct State {
    var counts: [GPUEventCount.Key: Int] = [:]
    var recent: [GPUEvent] = []
    var observer: (@Sendable (GPUEvent) -> Void)?
  }

  private let state = Mutex(State())

  package init() {}

  /// Adds an event unless it was reported by another source already; returns whether it was added.
  @discardableResult
  func record(_ event: GPUEvent) -> Bool {
    let (isNew, observer) = add(event)
    if isNew { observer?(event) }
    return isNew
  }

  /// Has a function called for each event that is new, from any thread.
  func observe(_ observer: @escaping @Sendable (GPUEvent) -> Void) { state.withLock { $0.observer = observer } }

  private func add(_ event: GPUEvent) -> (isNew: Bool, observer: (@Sendable (GPUEvent) -> Void)?) {
    state.withLock { state in
      if Self.isKnown(event, state.recent) { return (false, nil) }
      let key = GPUEventCount.Key(pciBusID: event.pciBusID, kind: event.kind)
      if state.counts[key] != nil || state.counts.count < Self.counterCountMax { state.counts[key, default: 0] += 1 }
      if state.recent.count == Self.recentCountMax { state.recent.removeFirst() }
      state.recent.append(event)
      return (true, state.observer)
    }
  }

  /// Whether another source has reported it, of late.
  private static func isKnown(_ event: GPUEvent, _ recent: [GPUEvent]) -> Bool {
    recent.contains { other in
      other.kind == event.kind && other.pciBusID == event.pciBusID && other.source != event.source
        && abs(other.time.rawValue - event.time.rawValue) < sameWithin
    }
  }

  /// The newest events, in the order in which they came.
  package var recent: [GPUEvent] { state.withLock { $0.recent } }

  package var counts: [GPUEventCount] {
    state.withLock { $0.counts }.map { GPUEventCount(key: $0, count: $1) }
  }
}

/// How many events of a kind a GPU had since the start.
package struct GPUEventCount: Sendable, Hashable {
  struct Key: Sendable, Hashable {
    let pciBusID: String?
    let kind: GPUEventKind
  }

  let key: Key
  package let count: Int

  package var pciBusID: String? { key.pciBusID }
  package var kind: GPUEventKind { key.kind }
}
