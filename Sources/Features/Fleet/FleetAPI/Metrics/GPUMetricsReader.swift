import API
import Base
import Engine
import Feature
import GPUCollection
import Identity
import NodeReports
import Series

/// Reads the series of a GPU or of a part of it.
struct GPUMetricsReader: Sendable {
  /// How far back from the end of the range the newest sample is looked for.
  private static let newestWithin: Int64 = 600_000

  let samples: SamplePort

  /// What is read of one GPU.
  struct Subject {
    let gpu: GPUEntry
    /// The GPU instance of a part; nil for the board.
    let part: Int64?

    /// The labels that its series have; those of the board have no `gpu_instance`.
    var matchers: [LabelMatcher] {
      var matchers = [LabelMatcher("instance", equals: gpu.node.report.name)]
      if let uuid = gpu.gpu.uuid {
        matchers.append(LabelMatcher("uuid", equals: uuid))
      } else {
        matchers.append(LabelMatcher("pci_bus_id", equals: gpu.gpu.pciBusID ?? ""))
        matchers.append(LabelMatcher("gpu", equals: "\(gpu.gpu.index)"))
      }
      return matchers + [LabelMatcher("gpu_instance", equals: part.map { "\($0)" } ?? "")]
    }
  }

  func metrics(_ question: GPUMetricsQuestion, of subject: Subject, _ call: Call<Void>) throws -> [GPUMetricHistory] {
    guard let steps = samples.steps, let reader = samples.reader else {
      throw Problem(.storeUnavailable, "No feature of the server stores series.")
    }
    let tenant = call.principal.tenant
    let asked = question.metrics ?? GPUMetric.allCases
    let names = LabelMatcher(Label.metricName, anyOf: asked.map(\.rawValue))
    do throws(SeriesError) {
      let found = try steps.steps(
        SeriesStepQuestion(matchers: subject.matchers + [names], range: question.range, step: question.step),
        of: tenant, during: call.activity)
      let source = reader.series(of: tenant, during: call.activity)
      let newest = try newest(
        subject.matchers + [LabelMatcher(Label.metricName, anyOf: asked.map(\.rawValue) + [Self.unavailable])],
        question.range, source, call)
      let series = Dictionary(grouping: found) { $0.labels.metricName }
      return asked.compactMap { metric in
        GPUMetricHistory(
          metric, series[metric.rawValue] ?? [], newest, isAsked: question.metrics != nil, question.statistics,
          now: call.now)
      }
    } catch {
      throw Problem(error)
    }
  }

  /// The newest samples of each series before the end of the range.
  private func newest(
    _ matchers: [LabelMatcher], _ range: TimeRange, _ source: any SeriesSource, _ call: Call<Void>
  ) throws(SeriesError) -> NewestSamples {
    let through = (range.end.rawValue - 1) / 1_000_000
    let after = max(range.start.rawValue / 1_000_000 - 1, through - Self.newestWithin)
    var newest = NewestSamples()
    try source.samples(
      SeriesSelection(matchers: matchers, after: after, through: through),
      isCancelled: { [activity = call.activity] in activity.isCancelled }
    ) { (samples) throws(SeriesError) in
      for series in 0..<samples.seriesCount { newest.take(samples, series, unavailable: Self.unavailable) }
    }
    return newest
  }

  private static let unavailable = "axonize_gpu_unavailable"
}

/// The newest sample of each series, how far apart its samples are, and why metrics have no value.
struct NewestSamples: Sendable {
  struct Sample: Sendable {
    let time: UnixNanoseconds
    let value: Double
    /// The median of the distances between samples; nil for a single one.
    let resolution: Double?
  }

  private(set) var samples: [LabelSet: Sample] = [:]
  private var reasons: [String: (time: Int64, reason: String)] = [:]

  /// Why a metric has no value; nil where it was not said.
  func reason(_ metric: GPUMetric) -> String? { reasons[metric.rawValue]?.reason }

  mutating func take(_ all: SeriesSamples, _ series: Int, unavailable: String) {
    let labels = all.labels[series]
    let values = all.range(of: series).filter { !all.values[$0].isNaN }
    guard let last = values.last else { return }
    if labels.metricName == unavailable {
      let time = all.times[last]
      let metric = labels["metric"]
      guard time > reasons[metric]?.time ?? .min else { return }
      reasons[metric] = (time, labels["reason"])
      return
    }
    let distances = zip(values, values.dropFirst()).map { all.times[$1] - all.times[$0] }.sorted()
    samples[labels] = Sample(
      time: UnixNanoseconds(all.times[last] * 1_000_000), value: all.values[last],
      resolution: distances.isEmpty ? nil : Double(distances[distances.count / 2]) / 1000)
  }
}

extension Problem {
  fileprivate init(_ error: SeriesError) {
    switch error {
    case .timeout: self.init(.queryTimeout, "The query took too long. Narrow the time range, or ask for fewer metrics.")
    case .limitExceeded(let message):
      self.init(.limitReached, message.prefix(1).uppercased() + message.dropFirst() + ".")
    case .unavailable, .cancelled:
      self.init(
        .storeUnavailable, "The store is not available at the moment. Try again soon.", fields: [("retry-after", "5")])
    }
  }
}
