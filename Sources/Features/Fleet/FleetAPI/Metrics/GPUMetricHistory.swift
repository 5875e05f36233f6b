import API
import Base
import Feature
import GPUCollection
import Series

/// A metric of a GPU in steps: several series where a label tells its values apart, such as fans.
struct GPUMetricHistory: Sendable {
  /// One series.
  struct Part: Sendable {
    /// What tells it from the other ones: `fan`, `link` or `reason`; nil for the only one.
    let detail: (name: String, value: String)?
    let newest: NewestSamples.Sample?
    /// Of the newest sample, in seconds.
    let age: Double?
    let steps: [SeriesStep]
  }

  let metric: GPUMetric
  let parts: [Part]
  /// Why there is no value, by the names of `axonize_gpu_unavailable`; nil where there are some.
  let unavailable: String?
  private let statistics: [GPUStatistic]

  /// Nil for a metric that the GPU does not have and that was not asked for by name.
  init?(
    _ metric: GPUMetric, _ series: [SteppedSeries], _ newest: NewestSamples, isAsked: Bool,
    _ statistics: [GPUStatistic], now: UnixNanoseconds
  ) {
    self.metric = metric
    self.statistics = statistics
    let detail = metric.facts.detail
    parts = series.map { one in
      let sample = newest.samples[one.labels]
      return Part(
        detail: detail.map { ($0, one.labels[$0]) }, newest: sample,
        age: sample.map { max(0, Double(now.rawValue - $0.time.rawValue) / 1e9) }, steps: one.steps)
    }
    .sorted { Self.order($0) < Self.order($1) }
    let reason = newest.reason(metric)
    // A metric that has become unavailable has both: the values of before, and why there are no more.
    unavailable = reason ?? (parts.isEmpty ? "no_samples" : nil)
    if parts.isEmpty, reason == nil, !isAsked { return nil }
  }

  /// Numbers before texts, by their value.
  private static func order(_ part: Part) -> (Int, String) {
    guard let detail = part.detail else { return (0, "") }
    return (Int(detail.value) ?? .max, detail.value)
  }

  static let shape = JSONShape<GPUMetricHistory>.object { history in
    history.member("name", .string) { $0.metric.rawValue }
    history.member("help", .string) { $0.metric.facts.help }
    history.member("type", .choice(["gauge", "counter"])) { $0.metric.facts.isCounter ? "counter" : "gauge" }
    history.optionalMember(
      "unit", JSONShape.string.described("As the end of the name has it; none for counts and states.")
    ) { $0.metric.unit }
    history.optionalMember(
      "unavailable",
      JSONShape.string.described("Why there is no value, or no newer one; `no_samples` where none was stored.")
    ) { $0.unavailable }
    history.member("series", .list(series)) { history in history.parts.map { ($0, history.statistics) } }
  }
  .named("GpuMetric")

  private static let series = JSONShape<(Part, [GPUStatistic])>.object { series in
    series.optionalMember("label", JSONShape.string.described("`fan`, `link` or `reason`.")) { $0.0.detail?.name }
    series.optionalMember("label_value", .string) { $0.0.detail?.value }
    series.optionalMember(
      "resolution_seconds",
      JSONShape.number.described("The median distance of its samples, of the last ten minutes of the range.")
    ) { $0.0.newest?.resolution }
    series.optionalMember("last_value", .anyNumber) { $0.0.newest?.value }
    series.optionalMember(
      "last_sample_at", JSONShape.dateTime.described("Of the last ten minutes of the range; else left out.")
    ) { $0.0.newest?.time }
    series.optionalMember("age_seconds", JSONShape.number.described("Of that sample, now.")) { $0.0.age }
    series.member("points", .list(point).described("Steps with a value, by time.")) { part, statistics in
      part.steps.map { ($0, statistics) }
    }
  }
  .named("GpuMetricSeries")

  private static let point = JSONShape<(SeriesStep, [GPUStatistic])>.object { point in
    point.member("time", .dateTime.described("When the step begins.")) { $0.0.time }
    point.member("count", .integer.described("How many samples.")) { $0.0.count }
    point.optionalMember("approximate", JSONShape.boolean.described("True where these are of roll-ups.")) {
      $0.0.isOfRollUps ? true : nil
    }
    for statistic in GPUStatistic.allCases {
      point.optionalMember(statistic.rawValue, .anyNumber) { step, statistics in
        statistics.contains(statistic) ? step[statistic] : nil
      }
    }
  }
  .named("GpuMetricPoint")
}

extension SeriesStep {
  fileprivate subscript(statistic: GPUStatistic) -> Double? {
    switch statistic {
    case .mean: mean
    case .min: min
    case .max: max
    case .p50: p50
    case .p95: p95
    case .p99: p99
    }
  }
}
