/// Samples of several series, in columns.
package struct SeriesSamples: Sendable {
  /// One for each series.
  ///
  /// No two are equal.
  package var labels: [LabelSet] = []
  /// For each series the index after its last sample; its first is where the series before it ends.
  package var ends: [Int] = []
  /// In milliseconds since 1970, strictly ascending within a series.
  package var times: [Int64] = []
  /// Stale markers are among them.
  package var values: [Double] = []

  package init() {}

  package var seriesCount: Int { labels.count }
  package var sampleCount: Int { times.count }

  /// The indices of a series' samples.
  package func range(of series: Int) -> Range<Int> { (series == 0 ? 0 : ends[series - 1])..<ends[series] }

  /// Appends a series whose samples are at the end of the columns already.
  package mutating func endSeries(_ labels: LabelSet) {
    self.labels.append(labels)
    ends.append(times.count)
  }
}
