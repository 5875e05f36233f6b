import Synchronization

/// Whether a question could not see samples that were acknowledged.
final class MissingSamples: Sendable {
  private let isSet = Atomic<Bool>(false)

  var isNoted: Bool { isSet.load(ordering: .relaxed) }
  func note() { isSet.store(true, ordering: .relaxed) }
}
