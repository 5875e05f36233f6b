import Base
import Columns
import MetricsIndex
import MetricsTables
import SQLBuilder
import Series

extension TenantSeriesSource {
  /// Metrics of one question that are looked for in memory; one over more is no question of a rule.
  private static let recentMetricsMax = 8
  /// Series that are copied at once: a commit waits for it.
  private static let recentSeriesMax = 10_000

  /// Passes on the samples of series that are in memory, as far as they come first.
  ///
  /// - Returns: How many of the series that were.
  func readRecent(
    _ found: [IndexedSeries], _ selection: SeriesSelection, _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError) -> Int {
    guard let recent, recent.mayHave(after: selection.after), let runs = metrics(of: found) else { return 0 }
    for run in runs { try watch(recent, run.key) }
    // An instant selector alone sees the last sample before its time.
    let hints = selection.hints
    let isLatestOnly =
      hints.function.isEmpty && hints.step == 0 && hints.window > 0
      && hints.firstTime == selection.through
    var count = 0
    var samplesLeft = limits.samplesMax
    for run in runs {
      guard let metric = recent.metric(run.key) else { return count }
      var start = run.series.lowerBound
      while start < run.series.upperBound {
        let portion = found[start..<min(start + Self.recentSeriesMax, run.series.upperBound)]
        let read = metric.samples(
          of: portion, after: selection.after, through: selection.through, isLatestOnly: isLatestOnly)
        guard let samples = read else { return count }
        samplesLeft -= samples.sampleCount
        guard samplesLeft >= 0 else { throw tooManySamples }
        start += portion.count
        count += portion.count
        if samples.seriesCount > 0 { try body(samples) }
      }
      recent.countRead()
    }
    return count
  }

  /// The runs of series of one metric; nil for too many.
  private func metrics(of found: [IndexedSeries]) -> [(key: RecentSamples.Key, series: Range<Int>)]? {
    var runs: [(key: RecentSamples.Key, series: Range<Int>)] = []
    var start = 0
    for index in found.indices where index + 1 == found.count || found[index + 1].metric != found[index].metric {
      guard runs.count < Self.recentMetricsMax else { return nil }
      runs.append((RecentSamples.Key(tenant: tenant.rawValue, metric: found[index].metric), start..<index + 1))
      start = index + 1
    }
    return runs
  }

  /// Loads a metric that is asked for again.
  private func watch(_ recent: RecentSamples, _ key: RecentSamples.Key) throws(SeriesError) {
    guard let metric = recent.ask(key) else { return }
    let since = metric.since
    let sampleCountMax = min(recent.sampleCountMax, limits.samplesMax)
    do throws(SeriesError) {
      let result = try rows(
        Select(
          ["series_id", "reinterpretAsInt64(time) AS milliseconds", "number", "scale"], from: .samples,
          where: [
            "metric = \(UInt64(key.metric))", "bucket >= \(Int64(SampleBlock.bucket(of: max(0, since + 1))))",
            "time > fromUnixTimestamp64Milli(\(since))",
          ], limit: sampleCountMax + 1))
      guard result.rowCount <= sampleCountMax else { return recent.refuse(key) }
      recent.didLoad(key, grewBy: metric.load(result))
    } catch {
      recent.refuse(key)
      switch error {
      case .cancelled, .timeout: throw error
      // The question itself reads less.
      case .limitExceeded, .unavailable: return
      }
    }
  }
}

extension RecentMetric {
  fileprivate func load(_ result: QueryResult) -> Int {
    guard case .unsigneds(let ids) = result["series_id"].values,
      case .ints(let times) = result["milliseconds"].values, case .ints(let numbers) = result["number"].values,
      case .octets(let scales) = result["scale"].values
    else { preconditionFailure("samples are read as other types") }
    let values = numbers.indices.map { SampleNumber.value(numbers[$0], scale: scales[$0]) }
    return load(SampleSorter.runs(ids).map { (ids[$0.lowerBound], $0) }, times, values)
  }
}
