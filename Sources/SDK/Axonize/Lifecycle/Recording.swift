internal import Synchronization

/// A core with what belongs to it in Swift: what may be captured, metrics, the resource.
///
/// Kept for ever once it was registered, as its core is.
final class Recording: Sendable {
  let core: CoreHandle
  let content: ContentPolicy
  let resource: Attributes
  /// Where finished LLM operations are counted; nil: nowhere.
  let llmMetrics: LLMMetrics?
  let warnings: Warnings

  init(
    core: CoreHandle, content: ContentPolicy = .nothing, resource: Attributes = [:], llmMetrics: LLMMetrics? = nil,
    warnings: Warnings = Warnings(handler: nil)
  ) {
    self.core = core
    self.content = content
    self.resource = resource
    self.llmMetrics = llmMetrics
    self.warnings = warnings
  }

  private static let all = Mutex<[CoreHandle: Recording]>([:])

  /// Makes a recording that its core leads to.
  static func register(_ recording: Recording) { all.withLock { $0[recording.core] = recording } }

  /// The recording of a core, for what is not on the hot path.
  static func of(_ core: CoreHandle) -> Recording {
    // Every core that spans can hold was registered when it was made.
    all.withLock { $0[core] } ?? Recording(core: core)
  }

  // MARK: The present one

  /// The address of the core that spans without a parent are recorded into.
  private static let presentAddress = Atomic<UInt>(0)

  /// The core of spans that begin here and have no parent to take it from.
  static var presentCore: CoreHandle {
    CoreHandle(bitPattern: presentAddress.load(ordering: .acquiring)) ?? makeFirst()
  }

  static func makePresent(_ recording: Recording) {
    register(recording)
    presentAddress.store(recording.core.bitPattern, ordering: .releasing)
  }

  /// The core before the first start.
  ///
  /// Threads that meet here make one each, and all but one are never used.
  private static func makeFirst() -> CoreHandle {
    guard let core = CoreSettings.ofNothing.makeCore() else { fatalError("axonize: memory is out") }
    core.close()
    register(Recording(core: core))
    let (_, found) = presentAddress.compareExchange(
      expected: 0, desired: core.bitPattern, ordering: .acquiringAndReleasing)
    return found == 0 ? core : CoreHandle(bitPattern: found) ?? core
  }
}
