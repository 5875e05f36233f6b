import Series

extension QueryEvaluation {
  /// `histogram_quantile`, `histogram_quantiles` and `histogram_fraction` of classic histograms.
  func classicHistogram(
    _ function: PromQLFunction, _ arguments: [PlanNode], on grid: StepGrid
  ) throws(EvaluationError) -> [StepSeries] {
    let input = arguments.first { $0.type == .vector } ?? arguments[0]
    var numbers: [(values: StepScalar, node: PlanNode)] = []
    for argument in arguments where argument.type == .scalar {
      numbers.append((try scalar(of: argument, on: grid), argument))
    }
    let histograms = buckets(try vector(of: input, on: grid), at: input.offset)
    guard function != .histogramFraction else {
      return try evaluate(histograms, on: grid) { histogram, step in
        histogram.fraction(from: numbers[0].values[step], to: numbers[1].values[step])
      }
    }
    var result: [StepSeries] = []
    for (quantiles, node) in numbers {
      warnOfQuantiles(quantiles, grid, at: node.offset)
      let label = function == .histogramQuantiles ? arguments[1].text : nil
      result += try quantile(quantiles, histograms, label: label, at: input.offset, on: grid)
    }
    return result
  }

  /// The series of one histogram's buckets.
  private struct BucketSeries {
    let labels: LabelSet
    var buckets: [(bound: Double, values: [Double])]
  }

  private func buckets(_ series: [StepSeries], at offset: Int) -> [BucketSeries] {
    var places: [LabelSet: Int] = [:]
    var result: [BucketSeries] = []
    for one in series {
      let text = one.labels[Self.boundLabel]
      guard let bound = FloatText.parse(text) else {
        let name = one.labels.metricName
        annotations.add(
          .warning,
          "bucket label \"le\" is missing or has a malformed value of \(SeriesNotation.quoted(text))"
            + (name.isEmpty ? "" : " for metric name \(SeriesNotation.quoted(name))"), at: offset)
        continue
      }
      let labels = one.labels.removing([Self.boundLabel])
      if let place = places[labels] {
        result[place].buckets.append((bound, one.values))
      } else {
        places[labels] = result.count
        result.append(BucketSeries(labels: labels, buckets: [(bound, one.values)]))
      }
    }
    return result
  }

  private static let boundLabel = "le"

  private func quantile(
    _ quantiles: StepScalar, _ histograms: [BucketSeries], label: String?, at offset: Int, on grid: StepGrid
  ) throws(EvaluationError) -> [StepSeries] {
    var result: [StepSeries] = []
    for histogram in histograms {
      var repair: BucketRepair?
      let values = try values(histogram, on: grid) { buckets, step in
        let quantile = quantiles[step]
        if quantile.isNaN { return .nan }
        guard Quantile.isValid(quantile) else { return quantile < 0 ? -.infinity : .infinity }
        guard var monotonic = ClassicHistogram(buckets) else { return .nan }
        if let found = monotonic.makeMonotonic(at: grid.time(step)) {
          repair?.merge(found)
          repair = repair ?? found
        }
        return monotonic.quantile(quantile)
      }
      if let repair { annotations.addRepair(of: histogram.labels.metricName, at: offset, repair) }
      guard let label else {
        result.append(StepSeries(histogram.labels, dropsName: true, values: values))
        continue
      }
      // A series for each quantile that the steps have.
      var texts: [UInt64: Int] = [:]
      for step in 0..<grid.count where Absent.isPresent(values[step]) {
        let quantile = quantiles[step]
        if let place = texts[quantile.bitPattern] {
          result[place].values[step] = values[step]
          continue
        }
        texts[quantile.bitPattern] = result.count
        var column = Array(repeating: Absent.marker, count: grid.count)
        column[step] = values[step]
        let labels = histogram.labels.setting(label, to: FloatText.label(quantile))
        result.append(StepSeries(labels, dropsName: true, values: column))
      }
    }
    return result
  }

  private func evaluate(
    _ histograms: [BucketSeries], on grid: StepGrid, _ function: (ClassicHistogram, Int) -> Double
  ) throws(EvaluationError) -> [StepSeries] {
    var result: [StepSeries] = []
    for histogram in histograms {
      let values = try values(histogram, on: grid) { buckets, step in
        ClassicHistogram(buckets).map { function($0, step) } ?? .nan
      }
      result.append(StepSeries(histogram.labels, dropsName: true, values: values))
    }
    return result
  }

  /// A function of the buckets that have a value at a step.
  private func values(
    _ histogram: BucketSeries, on grid: StepGrid, _ function: ([ClassicBucket], Int) -> Double
  ) throws(EvaluationError) -> [Double] {
    var values = Array(repeating: Absent.marker, count: grid.count)
    var present: [ClassicBucket] = []
    for step in 0..<grid.count {
      present.removeAll(keepingCapacity: true)
      for bucket in histogram.buckets where Absent.isPresent(bucket.values[step]) {
        present.append(ClassicBucket(bound: bucket.bound, count: bucket.values[step]))
      }
      if !present.isEmpty { values[step] = function(present, step) }
      try spend(4 * histogram.buckets.count)
    }
    return values
  }
}
