import Attribution
import Base
import Engine
import Feature
import Series

/// Reads the samples of GPUs of one tenant.
struct GPUSampleReader: Sendable {
  private let source: any SeriesSource
  private let limits: AttributionLimits
  private let activity: QueryActivity

  init(source: any SeriesSource, limits: AttributionLimits, activity: QueryActivity) {
    self.source = source
    self.limits = limits
    self.activity = activity
  }

  /// The boards that have one of some ids, or a part with one of them, with all of their parts and the samples of a time.
  ///
  /// - Parameter ids: UUIDs of boards and parts; nil for all boards.
  func boards(_ ids: Set<String>?, in range: Range<Int64>) throws(AttributionFailure) -> [GPUSamples] {
    let times = Times(range, margin: limits.margin)
    var boards = Boards()
    do throws(SeriesError) {
      for origin in SampleOrigin.allCases {
        let found = try self.ids(ids, of: origin, times)
        let known = Set(boards.all.keys)
        // What our own collector reports is not read a second time by DCGM's names.
        let uuids = found.filter { !known.contains($0) }
        guard !uuids.isEmpty else { continue }
        guard known.count + uuids.count <= limits.gpuCountMax else {
          throw .limitExceeded(
            "the question is about more than \(limits.gpuCountMax) GPUs; ask for a shorter time, or for fewer GPUs")
        }
        try read(uuids, of: origin, times, into: &boards)
      }
    } catch {
      throw AttributionFailure(error)
    }
    return boards.samples
  }

  /// Whether there are series of a board, or of a part of one, of any time.
  func hasBoard(_ id: String) throws(AttributionFailure) -> Bool {
    let times = Times(0..<Int64.max, margin: 0)
    do throws(SeriesError) {
      for origin in SampleOrigin.allCases where try !ids([id], of: origin, times).isEmpty { return true }
      return false
    } catch {
      throw AttributionFailure(error)
    }
  }

  /// Milliseconds since 1970.
  private struct Times {
    let after: Int64
    let through: Int64

    init(_ range: Range<Int64>, margin: Int64) {
      let (start, underflows) = range.lowerBound.subtractingReportingOverflow(margin)
      let (end, overflows) = range.upperBound.addingReportingOverflow(margin)
      after = (underflows ? .min : start) / 1_000_000 - 1
      through = (overflows ? .max : end) / 1_000_000 + 1
    }
  }

  /// The UUIDs of boards that have one of the ids, or a part with one.
  private func ids(
    _ ids: Set<String>?, of origin: SampleOrigin, _ times: Times
  ) throws(SeriesError) -> Set<String> {
    let labels = GPULabelNames(origin)
    let names =
      switch origin {
      case .axonize: [GPUQuantity.resourceInfo]
      case .dcgm: GPUQuantity.names(of: .dcgm)
      }
    var found: Set<String> = []
    for label in origin == .axonize ? [labels.board, "resource_uuid"] : [labels.board] {
      var matchers = [LabelMatcher(Label.metricName, anyOf: names)]
      if let ids { matchers.append(LabelMatcher(label, anyOf: ids)) }
      let series = try source.series(
        SeriesSelection(matchers: matchers, after: times.after, through: times.through), countMax: Self.seriesCountMax)
      for labelSet in series where labelSet.contains(labels.board) { found.insert(labelSet[labels.board]) }
    }
    return found
  }

  /// Series of which the labels are looked at: 256 boards with seven parts and some divisions.
  private static let seriesCountMax = 20_000

  private func read(
    _ uuids: Set<String>, of origin: SampleOrigin, _ times: Times, into boards: inout Boards
  ) throws(SeriesError) {
    for uuid in uuids { boards.add(uuid) }
    var names = GPUQuantity.names(of: origin)
    if origin == .axonize { names.append(GPUQuantity.resourceInfo) }
    let selection = SeriesSelection(
      matchers: [
        LabelMatcher(Label.metricName, anyOf: names), LabelMatcher(GPULabelNames(origin).board, anyOf: uuids),
      ], after: times.after, through: times.through)
    var sampleCount = 0
    try source.samples(selection, isCancelled: { [activity] in activity.isCancelled }) {
      (samples) throws(SeriesError) in
      sampleCount += samples.sampleCount
      guard sampleCount <= limits.sampleCountMax else {
        throw .limitExceeded(
          "the question reads more than \(limits.sampleCountMax) samples of GPUs; ask for a shorter time, or for fewer GPUs"
        )
      }
      for series in 0..<samples.seriesCount {
        boards.add(samples.labels[series], samples, samples.range(of: series), origin)
      }
    }
  }
}
