import System

/// A thread that refreshes discoveries, one after the other, each at its interval.
final class DiscoveryThread: Sendable {
  /// A discovery with its place: the job, and which of the job's discoveries it is.
  struct Source: Sendable {
    let job: Int
    let index: Int
    let discovery: any TargetDiscovery
  }

  private struct State {
    var isStopped = false
    var times: [Instant]
  }

  private let sources: [Source]
  private let deliver: @Sendable (Source, DiscoveredTargets) -> Void
  private let state: Monitor<State>

  /// - Parameter deliver: called on the thread after each refresh.
  init(_ sources: [Source], deliver: @escaping @Sendable (Source, DiscoveredTargets) -> Void) {
    self.sources = sources
    self.deliver = deliver
    // Everything is due at the beginning.
    state = Monitor(State(times: sources.map { _ in Instant(nanoseconds: 0) }))
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
    while let index = next() {
      deliver(sources[index], sources[index].discovery.refresh())
      let time = Instant.now + sources[index].discovery.interval
      state.withLock { $0.times[index] = time }
    }
  }

  /// The discovery that is due; nil at the end.
  private func next() -> Int? {
    state.wait { state, now, wakeAt -> Int?? in
      if state.isStopped { return .some(nil) }
      guard let first = state.times.indices.min(by: { state.times[$0] < state.times[$1] }) else { return nil }
      if state.times[first] <= now { return .some(first) }
      wakeAt = state.times[first]
      return nil
    }
  }
}
