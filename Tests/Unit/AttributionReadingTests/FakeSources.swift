import Base
import Engine
import Feature
import Series

let second: Int64 = 1_000_000_000
/// When the tests' samples begin.
let begin: Int64 = 1_800_000_000 * second

/// Series of a second's period, from ``begin``.
struct FakeSeries: SeriesReading, SeriesSource {
  var all: [(labels: LabelSet, values: [Double])] = []
  /// Who reports them.
  var tenant: TenantID
  /// The longest time that may be read, in milliseconds.
  var durationMax = Int64.max

  init(tenant: TenantID = .default) { self.tenant = tenant }

  mutating func add(_ name: String, _ labels: [String: String], _ values: [Double]) {
    all.append((LabelSet([Label(Label.metricName, name)] + labels.map { Label($0.key, $0.value) }), values))
  }

  func series(of tenant: TenantID, during activity: QueryActivity) -> any SeriesSource {
    var series = self
    if tenant != self.tenant { series.all = [] }
    return series
  }

  private func selected(_ selection: SeriesSelection) -> [(labels: LabelSet, values: [Double])] {
    all.filter { series in selection.matchers.allSatisfy { $0.matches(series.labels) } }
  }

  func samples(
    _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    guard selection.through - selection.after <= durationMax else { throw .limitExceeded("too many samples") }
    for series in selected(selection) {
      var samples = SeriesSamples()
      for (index, value) in series.values.enumerated() {
        let time = begin / 1_000_000 + Int64(index) * 1_000
        guard time > selection.after, time <= selection.through else { continue }
        samples.times.append(time)
        samples.values.append(value)
      }
      samples.endSeries(series.labels)
      try body(samples)
    }
  }

  func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] {
    selected(selection).map(\.labels)
  }
}

/// A span of ``FakeSpans``, its times in seconds after ``begin``.
struct FakeSpan {
  var tenant = TenantID.default
  var trace: UInt64 = 1
  var id: UInt64
  var parent: UInt64?
  var start: Int64
  var end: Int64
  var gpus: [String] = []
}

struct FakeSpans: SpanReading, SpanSource {
  var all: [FakeSpan]

  let isIncomplete = false

  let readableUntil: Int64 = 0

  func hasSpans(startingIn range: TimeRange, storedAfter commit: Int64) throws(QueryFailure) -> Bool { false }

  func spans(of tenant: TenantID, during activity: QueryActivity) -> any SpanSource {
    FakeSpans(all: all.filter { $0.tenant == tenant })
  }

  func spans(ofTrace id: TraceID, limit: Int) throws(QueryFailure) -> KnownSpans {
    known(all.filter { $0.trace == id.low }, limit)
  }

  func spans(on gpuIDs: [String], overlapping range: TimeRange, limit: Int) throws(QueryFailure) -> KnownSpans {
    known(
      all.filter {
        names($0, gpuIDs) && begin + $0.start * second < range.end.rawValue
          && begin + $0.end * second > range.start.rawValue
      }, limit)
  }

  func spans(
    on gpuIDs: [String]?, startingIn range: TimeRange, newestFirst: Bool, after place: KnownSpanPlace?, limit: Int
  ) throws(QueryFailure) -> KnownSpans {
    known(all.filter { names($0, gpuIDs ?? $0.gpus) }.sorted { $0.start > $1.start }, limit)
  }

  func links(ofTraces ids: [TraceID], startingIn range: TimeRange, limit: Int) throws(QueryFailure) -> SpanLinks {
    var links = SpanLinks()
    for span in all where ids.contains(where: { $0.low == span.trace }) {
      links.traceIDs.append(TraceID(high: 0, low: span.trace))
      links.spanIDs.append(SpanID(span.id))
      links.parentIDs.append(span.parent.map { SpanID($0) })
    }
    return links
  }

  private func names(_ span: FakeSpan, _ ids: [String]) -> Bool { span.gpus.contains { ids.contains($0) } }

  private func known(_ spans: [FakeSpan], _ limit: Int) -> KnownSpans {
    var known = KnownSpans()
    known.isCut = spans.count > limit
    for span in spans.prefix(limit) {
      known.traceIDs.append(TraceID(high: 0, low: span.trace))
      known.spanIDs.append(SpanID(span.id))
      known.parentIDs.append(span.parent.map { SpanID($0) })
      known.starts.append(begin + span.start * second)
      known.ends.append(begin + span.end * second)
      known.names.append("span \(span.id)")
      known.statuses.append(.unset)
      known.services.append("")
      known.models.append("")
      known.providers.append("")
      known.operations.append("")
      known.inputTokens.append(nil)
      known.outputTokens.append(nil)
      known.gpuIDs.append(span.gpus)
      known.nodeIDs.append("")
    }
    return known
  }
}
