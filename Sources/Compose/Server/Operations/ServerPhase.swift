import Synchronization

/// Where a server is in its life.
///
/// Can transition from `starting` to `serving` to `stopping`.
final class ServerPhase: Sendable {
  enum Phase: Int, AtomicRepresentable { case starting, serving, stopping }

  private let phase = Atomic<Phase>(.starting)

  var current: Phase { phase.load(ordering: .relaxed) }
  var isStopping: Bool { current == .stopping }

  func began() { phase.store(.serving, ordering: .relaxed) }
  func stopping() { phase.store(.stopping, ordering: .relaxed) }
}
