import System

/// A thread that refreshes discoveries, one after the other, each at its interval.
final class DiscoveryThread: Sendable {
  /// A discovery with its place: the id of the job, and which of the job's discoveries it is.
  struct Source: Sendable {
    let job: Int
    /// The name of the job.
    let name: String
    let index: Int
    let discovery: any TargetDiscovery
  }

  private struct State {
    var isStopped = false
    var entries: [(source: Source, time: Instant)] = []
  }

  private let deliver: @Sendable (Source, DiscoveredTargets) -> Void
  private let state: Monitor<State>

  /// - Parameter deliver: called on the thread after each refresh.
  init(deliver: @escaping @Sendable (Source, DiscoveredTargets) -> Void) {
    self.deliver = deliver
    state = Monitor(State())
  }

  /// Takes on what is refreshed from now on.
  ///
  /// New discoveries are due at once; the others keep their times.
  func replace(_ sources: [Source]) {
    state.withLock { state in
      let times = Dictionary(
        state.entries.map { (ObjectIdentifier($0.source.discovery), $0.time) }
      ) { first, _ in first }
      state.entries = sources.map { source in
        (source, times[ObjectIdentifier(source.discovery)] ?? Instant(nanoseconds: 0))
      }
    }
    state.notifyAll()
  }

  func start(name: String) throws(SystemError) -> ThreadHandle {
    ThreadHandle(try Thread(name: name) { [self] in run() })
  }

  /// The thread ends after the refresh that runs.
  func stop() {
    state.withLock { $0.isStopped = true }
    state.notifyAll()
  }

  private func run() {
    while let source = next() {
      deliver(source, source.discovery.refresh())
      let time = Instant.now + source.discovery.interval
      state.withLock { state in
        for index in state.entries.indices where state.entries[index].source.discovery === source.discovery {
          state.entries[index].time = time
        }
      }
    }
  }

  /// The discovery that is due; nil at the end.
  private func next() -> Source? {
    state.wait { state, now, wakeAt -> Source?? in
      if state.isStopped { return .some(nil) }
      guard let first = state.entries.min(by: { $0.time < $1.time }) else { return nil }
      if first.time <= now { return .some(first.source) }
      wakeAt = first.time
      return nil
    }
  }
}
