import API
import Base
import MetricsIndex
import MetricsQueries
import Series

/// The series of a page, and where the next one begins.
struct SeriesPage: Sendable {
  let range: MillisecondRange
  let series: [IndexedSeries]
  let kinds: MetricKinds
  let next: Cursor?

  /// - Parameters:
  ///   - range: that of the first page; later ones have it from their cursor.
  ///   - countMax: series.
  init(_ call: MetricsCall, range: TimeRange, countMax: Int) throws {
    let cursor = try call.cursor()
    let time = cursor?.range ?? range
    self.range = MillisecondRange(time)
    let all = try SeriesFilter(call).series(self.range, in: call.context.series)
    var start = 0
    if let cursor {
      guard let place = Self.place(after: cursor, in: all) else {
        throw Problem.invalid("cursor", "leads to series that are no longer kept; begin again without it")
      }
      start = place
    }
    let end = min(all.count, start + countMax)
    series = Array(all[start..<end])
    kinds = try MetricKinds(call.context.series)
    next = end < all.count ? series.last.map { Cursor(after: $0, in: time) } : nil
  }

  /// Where a page begins in the list of all series.
  private static func place(after cursor: Cursor, in series: [IndexedSeries]) -> Int? {
    if let last = series.firstIndex(where: { $0.id == cursor.low }) { return last + 1 }
    // The series is no longer kept: the next one of its metric, or the one behind its metric.
    if let next = series.firstIndex(where: { UInt64($0.metric) == cursor.high && $0.id > cursor.low }) { return next }
    return series.lastIndex { UInt64($0.metric) == cursor.high }.map { $0 + 1 }
  }
}

extension Cursor {
  init(after series: IndexedSeries, in range: TimeRange) {
    self.init(range: range, key: 0, traceID: TraceID(high: UInt64(series.metric), low: series.id))
  }
}

/// A series in a response.
struct SeriesIdentity: Sendable {
  let labels: LabelSet
  let kind: MetricMetadata.Kind

  init(_ labels: LabelSet, _ kinds: MetricKinds) {
    self.labels = labels
    kind = kinds[labels.metricName]
  }
}

extension JSONObjectShape {
  /// The members that say which series it is.
  mutating func identity(_ part: @escaping @Sendable (Value) -> SeriesIdentity) {
    member("name", .string) { part($0).labels.metricName }
    member("type", .choice(MetricMetadata.Kind.allCases.map(\.name)).described("`unknown` where no client said it.")) {
      part($0).kind.name
    }
    member("labels", .labels.described("The labels by name, without that of the metric's name.")) { part($0).labels }
  }
}

extension JSONShape where Value == LabelSet {
  static var labels: JSONShape {
    JSONShape<[(name: String, value: String)]>.objectByName(.string).of { labels in
      labels.labels.filter { $0.name != Label.metricName }.map { ($0.name, $0.value) }
    }
  }
}
