import API
import Base
import MetricsQueries
import Series

/// The steps of a range.
///
/// They begin at whole multiples of their width since 1970, so that those of two requests are the same.
struct AlignedSteps: Sendable {
  let range: MillisecondRange
  /// In milliseconds.
  let step: Int64

  /// - Parameter countMax: steps.
  init(_ range: MillisecondRange, stepNanoseconds: Int64, countMax: Int) throws(Problem) {
    self.range = range
    step = stepNanoseconds / 1_000_000
    guard count <= countMax else {
      throw .invalid("step", "the range has more than \(countMax) steps; take a longer step or a shorter range")
    }
  }

  private var first: Int64 { range.start / step }
  var count: Int { Int(max(range.through, range.start) / step - first) + 1 }

  /// The step of a time, which MUST be of the range.
  func index(of time: Int64) -> Int { Int(time / step - first) }

  /// When a step begins, in milliseconds since 1970.
  func time(of index: Int) -> Int64 { (first + Int64(index)) * step }

  /// The samples of each step of a series that has some, as ranges of their indices.
  ///
  /// - Parameter shift: what is added to the times, for those of an earlier range.
  func portions(of samples: SeriesSamples, series: Int, shift: Int64 = 0) -> [(index: Int, samples: Range<Int>)] {
    var portions: [(index: Int, samples: Range<Int>)] = []
    let indices = samples.range(of: series)
    var start = indices.lowerBound
    while start < indices.upperBound {
      let index = index(of: samples.times[start] + shift)
      var end = start + 1
      while end < indices.upperBound, self.index(of: samples.times[end] + shift) == index { end += 1 }
      portions.append((index, start..<end))
      start = end
    }
    return portions
  }

  /// What is left of samples, by step.
  func portions(of summaries: [StepSummary]) -> [(index: Int, steps: ArraySlice<StepSummary>)] {
    var portions: [(index: Int, steps: ArraySlice<StepSummary>)] = []
    var start = 0
    while start < summaries.count {
      let index = index(of: summaries[start].end)
      let end = summaries[start...].firstIndex { self.index(of: $0.end) != index } ?? summaries.count
      portions.append((index, summaries[start..<end]))
      start = end
    }
    return portions
  }

  /// The mean of each step of a series; nil for a step without a value.
  func means(of samples: SeriesSamples, series: Int, shift: Int64 = 0) -> [Double?] {
    var means = [Double?](repeating: nil, count: count)
    for portion in portions(of: samples, series: series, shift: shift) {
      let values = samples.values[portion.samples].filter { !$0.isNaN }
      if !values.isEmpty { means[portion.index] = values.reduce(0, +) / Double(values.count) }
    }
    return means
  }
}
