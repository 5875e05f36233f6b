import Engine
import Synchronization

/// A record on its way: from the memory where it waits to be written until its rows are stored.
final class JournalEntry: KeptRequest {
  struct Place: Hashable {
    /// The segment's sequence number and the record's.
    let sequence: UInt64
    let number: UInt64
  }

  private enum State {
    case waiting
    case kept(Place)
    case lost
    case released
  }

  private let journal: Journal
  private let state: Mutex<State>

  init(of journal: Journal) {
    self.journal = journal
    state = Mutex(.waiting)
  }

  /// A record that is in a segment already.
  init(of journal: Journal, at place: Place) {
    self.journal = journal
    state = Mutex(.kept(place))
  }

  var fate: KeptFate {
    state.withLock { state in
      switch state {
      case .waiting: .waiting
      case .kept: .kept
      // What was released before it was written is no longer needed.
      case .lost, .released: .lost
      }
    }
  }

  /// Notes where the record is; false when it is no longer needed.
  func didWrite(at place: Place) -> Bool {
    state.withLock { state in
      guard case .waiting = state else { return false }
      state = .kept(place)
      return true
    }
  }

  func didFail() {
    state.withLock { state in
      if case .waiting = state { state = .lost }
    }
  }

  func release() {
    if let place = end() { journal.release(place) }
  }

  func setAside(reason: String) {
    guard let place = end() else { return }
    journal.setAside(place, reason: reason)
    journal.release(place)
  }

  private func end() -> Place? {
    state.withLock { state in
      defer { state = .released }
      if case .kept(let place) = state { return place }
      return nil
    }
  }
}
