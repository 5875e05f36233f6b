import Series

/// One evaluation of a plan: what it has read, what it holds, and whether it may go on.
final class QueryEvaluation {
  let plan: QueryPlan
  let source: any SeriesSource
  let settings: EvaluationSettings
  let compiler: any TextPatternCompiler
  var annotations = Annotations()

  private let isStopped: @Sendable () -> Bool
  private let share: EvaluationShare
  private let deadline: ContinuousClock.Instant?
  /// For each fetch that several selectors read: the portions of its samples, once they are there.
  private var loaded: [[SeriesSamples]?]
  private var remainingUses: [Int]
  /// Of what the expressions in progress hold.
  private(set) var held = Holding()
  /// Of what is loaded for several selectors.
  private var heldLoaded = Holding()
  private var workSinceCheck = 0

  /// How many samples are passed between two looks at the clock: a few milliseconds' worth.
  private static let workBetweenChecks = 1 << 20

  init(
    _ plan: QueryPlan, source: any SeriesSource, compiler: any TextPatternCompiler, settings: EvaluationSettings,
    memory: EvaluationMemory, deadline: ContinuousClock.Instant?, isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.plan = plan
    self.source = source
    self.compiler = compiler
    self.settings = settings
    self.deadline = deadline
    share = EvaluationShare(memory)
    isStopped = { isCancelled() || deadline.map { ContinuousClock.now >= $0 } == true }
    loaded = Array(repeating: nil, count: plan.fetches.count)
    remainingUses = plan.fetches.map(\.useCount)
  }

  // MARK: Stopping

  private var stopReason: EvaluationError {
    deadline.map { ContinuousClock.now >= $0 } == true ? .timeout : .cancelled
  }

  /// Notes work done, and throws once the evaluation has to stop.
  func spend(_ sampleCount: Int) throws(EvaluationError) {
    workSinceCheck += sampleCount
    guard workSinceCheck >= Self.workBetweenChecks else { return }
    workSinceCheck = 0
    if isStopped() { throw stopReason }
  }

  func checkStopped() throws(EvaluationError) {
    if isStopped() { throw stopReason }
  }

  // MARK: Holding

  /// Samples and series that are in memory.
  struct Holding {
    private(set) var sampleCount = 0
    private(set) var seriesCount = 0

    mutating func add(_ samples: Int, _ series: Int) {
      sampleCount += samples
      seriesCount += series
    }

    /// An estimate: a sample is a time and a value, a series its labels, about ten of them.
    var byteCount: Int { sampleCount * 16 + seriesCount * 600 }
  }

  /// Notes that samples and series are held until ``release(_:series:)``.
  func hold(_ sampleCount: Int, series: Int) throws(EvaluationError) {
    held.add(sampleCount, series)
    try checkHeld()
  }

  func release(_ sampleCount: Int, series: Int) { held.add(-sampleCount, -series) }

  /// Goes back to what was held before.
  func restoreHeld(_ before: Holding) { held = before }

  private func checkHeld() throws(EvaluationError) {
    guard held.sampleCount + heldLoaded.sampleCount <= settings.sampleCountMax else {
      throw .limitExceeded(
        "query processing would load too many samples into memory in query execution: more than "
          + "\(settings.sampleCountMax); select fewer series, a shorter time or a longer step")
    }
    guard held.byteCount + heldLoaded.byteCount <= settings.bytesMax else {
      throw .limitExceeded(
        "query processing would take more than \(settings.bytesMax >> 20) MiB of memory; select fewer series, a "
          + "shorter time or a longer step")
    }
    guard share.grow(to: held.byteCount + heldLoaded.byteCount) else { throw .unavailable(share.problem) }
  }

  // MARK: Reading

  /// Passes on the samples of a fetch in portions.
  ///
  /// Where no other selector reads it, they are not kept.
  func samples(
    of fetch: Int, _ body: (SeriesSamples) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    let selection = plan.fetches[fetch].selection
    guard plan.fetches[fetch].useCount > 1 else { return try read(selection, body) }
    remainingUses[fetch] -= 1
    let portions: [SeriesSamples]
    if let known = loaded[fetch] {
      portions = known
    } else {
      var all: [SeriesSamples] = []
      try read(selection) { portion throws(EvaluationError) in
        heldLoaded.add(portion.sampleCount, portion.seriesCount)
        try checkHeld()
        all.append(portion)
      }
      portions = all
      loaded[fetch] = all
    }
    for portion in portions { try body(portion) }
    if remainingUses[fetch] <= 0 {
      loaded[fetch] = nil
      for portion in portions { heldLoaded.add(-portion.sampleCount, -portion.seriesCount) }
    }
  }

  /// Reads a selection.
  func read(
    _ selection: SeriesSelection, _ body: (SeriesSamples) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    var failure: EvaluationError?
    do throws(SeriesError) {
      try source.samples(selection, isCancelled: isStopped) { portion throws(SeriesError) in
        do throws(EvaluationError) {
          try hold(portion.sampleCount, series: portion.seriesCount)
          try body(portion)
          release(portion.sampleCount, series: portion.seriesCount)
          try spend(portion.sampleCount)
        } catch {
          failure = error
          throw .cancelled
        }
      }
    } catch {
      if let failure { throw failure }
      switch error {
      case .cancelled: throw stopReason
      case .timeout: throw .timeout
      case .limitExceeded(let message): throw .limitExceeded(message)
      case .unavailable(let message): throw .unavailable(message)
      }
    }
  }
}
