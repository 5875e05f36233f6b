import PromQL
import Series

/// Series in memory, which are passed on one by one.
struct MemorySeries: SeriesSource {
  private var samples: [LabelSet: [Int64: Double]] = [:]

  /// Adds samples to a series; one of a time that is there already is replaced.
  mutating func add(_ labels: LabelSet, _ added: some Sequence<(Int64, Double)>) {
    samples[labels, default: [:]].merge(added) { $1 }
  }

  func samples(
    _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    for (labels, samples) in samples where selection.matchers.allSatisfy({ $0.matches(labels) }) {
      if isCancelled() { throw .cancelled }
      var portion = SeriesSamples()
      for (time, value) in samples.sorted(by: { $0.key < $1.key })
      where time > selection.after && time <= selection.through {
        portion.times.append(time)
        portion.values.append(value)
      }
      guard portion.sampleCount > 0 else { continue }
      portion.endSeries(labels)
      try body(portion)
    }
  }

  func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] {
    samples.keys.filter { labels in selection.matchers.allSatisfy { $0.matches(labels) } }
  }
}

extension PromQLValue {
  /// The samples of a vector or a matrix; nil for anything else.
  var samples: SeriesSamples? {
    switch self {
    case .vector(let samples), .matrix(let samples): samples
    case .scalar, .string: nil
    }
  }
}
