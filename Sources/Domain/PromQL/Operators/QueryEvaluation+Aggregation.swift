import Series

extension QueryEvaluation {
  func aggregate(_ aggregation: PlannedAggregation, on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    switch aggregation.aggregator {
    case .sum: try reduce(SumAccumulator.self, aggregation, on: grid)
    case .avg: try reduce(MeanAccumulator.self, aggregation, on: grid)
    case .count: try reduce(CountAccumulator.self, aggregation, on: grid)
    case .min: try reduce(MinimumAccumulator.self, aggregation, on: grid)
    case .max: try reduce(MaximumAccumulator.self, aggregation, on: grid)
    case .group: try reduce(GroupAccumulator.self, aggregation, on: grid)
    case .stddev: try reduce(DeviationAccumulator.self, aggregation, on: grid)
    case .stdvar: try reduce(VarianceAccumulator.self, aggregation, on: grid)
    case .quantile: try quantiles(aggregation, on: grid)
    case .countValues: try countValues(aggregation, on: grid)
    case .topk, .bottomk, .limitk: try first(aggregation, on: grid)
    case .limitRatio: try ratio(aggregation, on: grid)
    }
  }

  /// Aggregations that take one series after the other, so that they are never all held.
  private func reduce<Accumulator: StepAccumulator>(
    _ type: Accumulator.Type, _ aggregation: PlannedAggregation, on grid: StepGrid
  ) throws(EvaluationError) -> [StepSeries] {
    var groups = LabelGroups(aggregation.grouping)
    var columns: [[Accumulator]] = []
    var dropsName: [Bool] = []
    try forEachSeries(of: aggregation.input, on: grid) { series throws(EvaluationError) in
      let place = groups.place(of: series.labels)
      if place == columns.count {
        // An accumulator is larger than a value.
        try hold(2 * grid.count, series: 1)
        columns.append(Array(repeating: Accumulator(), count: grid.count))
        dropsName.append(false)
      }
      Accumulator.add(series.values, to: &columns[place])
      if series.dropsName { dropsName[place] = true }
      try spend(grid.count)
    }
    return columns.indices.map { place in
      StepSeries(groups.labels[place], dropsName: dropsName[place], values: columns[place].map(\.result))
    }.filter(\.hasValue)
  }

  // MARK: Aggregations with a parameter

  private func parameter(_ aggregation: PlannedAggregation, on grid: StepGrid) throws(EvaluationError) -> StepScalar {
    guard let parameter = aggregation.parameter else {
      preconditionFailure("the parser asks for a parameter of \(aggregation.aggregator.rawValue)")
    }
    return try scalar(of: parameter, on: grid)
  }

  /// The series of an aggregation's input by group.
  private func grouped(
    _ aggregation: PlannedAggregation, on grid: StepGrid
  ) throws(EvaluationError) -> (series: [StepSeries], groups: LabelGroups, members: [[Int]]) {
    let series = try vector(of: aggregation.input, on: grid)
    var groups = LabelGroups(aggregation.grouping)
    var members: [[Int]] = []
    for index in series.indices {
      let place = groups.place(of: series[index].labels)
      if place == members.count { members.append([]) }
      members[place].append(index)
    }
    return (series, groups, members)
  }

  private func quantiles(_ aggregation: PlannedAggregation, on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    let quantile = try parameter(aggregation, on: grid)
    let (series, groups, members) = try grouped(aggregation, on: grid)
    warnOfQuantiles(quantile, grid, at: aggregation.parameter?.offset ?? 0)
    var result: [StepSeries] = []
    var values: [Double] = []
    for (place, indices) in members.enumerated() {
      var column = Array(repeating: Absent.marker, count: grid.count)
      for step in 0..<grid.count {
        values.removeAll(keepingCapacity: true)
        for index in indices where Absent.isPresent(series[index].values[step]) {
          values.append(series[index].values[step])
        }
        if !values.isEmpty { column[step] = Quantile.value(quantile[step], of: &values) }
        try spend(indices.count)
      }
      let dropsName = indices.contains { series[$0].dropsName }
      result.append(StepSeries(groups.labels[place], dropsName: dropsName, values: column))
    }
    return result.filter(\.hasValue)
  }

  /// A series for each value that comes up in a group: how many series have it.
  private func countValues(
    _ aggregation: PlannedAggregation, on grid: StepGrid
  ) throws(EvaluationError) -> [StepSeries] {
    guard let parameter = aggregation.parameter else { return [] }
    let label = parameter.text
    guard !label.isEmpty else { throw .failed("invalid label name \(SeriesNotation.quoted(label))") }
    var grouping = aggregation.grouping
    if case .by(let names) = grouping { grouping = .by(names + [label]) }
    var groups = LabelGroups(grouping)
    var result: [StepSeries] = []
    for series in try vector(of: aggregation.input, on: grid) {
      var places: [UInt64: Int] = [:]
      for step in 0..<grid.count where Absent.isPresent(series.values[step]) {
        let value = series.values[step]
        var place = places[value.bitPattern]
        if place == nil {
          let found = groups.place(of: series.labels.setting(label, to: NumberNotation.text(value)))
          places[value.bitPattern] = found
          place = found
          if found == result.count {
            try hold(grid.count, series: 1)
            result.append(
              StepSeries(groups.labels[found], values: Array(repeating: Absent.marker, count: grid.count)))
          }
        }
        guard let place else { continue }
        let count = result[place].values[step]
        result[place].values[step] = Absent.isAbsent(count) ? 1 : count + 1
      }
      try spend(grid.count)
    }
    return result
  }

  // MARK: Aggregations that choose series

  /// `topk`, `bottomk` and `limitk`.
  private func first(_ aggregation: PlannedAggregation, on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    let limit = try parameter(aggregation, on: grid)
    var (series, groups, members) = try grouped(aggregation, on: grid)
    guard let counts = try counts(limit, grid) else { return [] }
    if aggregation.aggregator == .limitk {
      // Which series come first must not depend on the store.
      for place in members.indices { members[place].sort { series[$0].labels < series[$1].labels } }
    }
    var columns = series.map { _ in [Double]() }
    var order: [Int] = []
    for place in groups.labels.indices {
      for step in 0..<grid.count {
        var present = members[place].filter { Absent.isPresent(series[$0].values[step]) }
        if aggregation.aggregator != .limitk {
          let isTop = aggregation.aggregator == .topk
          present.sort { Self.precedes(series[$0].values[step], series[$1].values[step], isTop, $0 < $1) }
        }
        for index in present.prefix(counts[step]) {
          if columns[index].isEmpty {
            columns[index] = Array(repeating: Absent.marker, count: grid.count)
            order.append(index)
          }
          columns[index][step] = series[index].values[step]
        }
        try spend(4 * members[place].count)
      }
    }
    return order.map { StepSeries(series[$0].labels, dropsName: series[$0].dropsName, values: columns[$0]) }
  }

  /// Whether a value comes before another; what is not a number comes last.
  private static func precedes(_ left: Double, _ right: Double, _ isTop: Bool, _ isFirst: Bool) -> Bool {
    if left.isNaN || right.isNaN { return left.isNaN == right.isNaN ? isFirst : right.isNaN }
    if left == right { return isFirst }
    return isTop ? left > right : left < right
  }

  /// How many series each step may have; nil for none at any step.
  private func counts(_ limit: StepScalar, _ grid: StepGrid) throws(EvaluationError) -> [Int]? {
    let values = limit.values(grid.count)
    guard !values.contains(where: \.isNaN) else { throw .failed("Parameter value is NaN") }
    guard values.contains(where: { $0 >= 1 }) else { return nil }
    for value in values {
      guard value > -0x1p63 else { throw .failed("Scalar value \(FloatText.short(value)) underflows int64") }
      guard value < 0x1p63 else { throw .failed("Scalar value \(FloatText.short(value)) overflows int64") }
    }
    return values.map { max(0, Int($0)) }
  }

  /// `limit_ratio`: the series whose hash is in the share; a negative ratio is the rest of the positive one.
  private func ratio(_ aggregation: PlannedAggregation, on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    let ratios = try parameter(aggregation, on: grid).values(grid.count)
    let series = try vector(of: aggregation.input, on: grid)
    guard !ratios.contains(where: \.isNaN) else { throw .failed("Ratio value is NaN") }
    for (bound, isBeyond) in [(1.0, ratios.max().map { $0 > 1 }), (-1.0, ratios.min().map { $0 < -1 })] {
      guard isBeyond == true, let ratio = bound > 0 ? ratios.max() : ratios.min() else { continue }
      annotations.add(
        .warning,
        "ratio value should be between -1 and 1, got \(FloatText.short(ratio)), capping to \(FloatText.short(bound))",
        at: aggregation.parameter?.offset ?? 0)
    }
    return series.compactMap { one in
      let place = Self.fraction(of: one.labels)
      var result = one
      for step in 0..<grid.count {
        let ratio = min(max(ratios[step], -1), 1)
        let isChosen = ratio >= 0 ? place < ratio : place >= 1 + ratio
        if !isChosen { result.values[step] = Absent.marker }
      }
      return result.hasValue ? result : nil
    }
  }

  /// A number from 0 to below 1 that labels always have: FNV-1a with the finaliser of MurmurHash3.
  private static func fraction(of labels: LabelSet) -> Double {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func take(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for label in labels.labels {
      label.name.utf8.forEach(take)
      take(0xff)
      label.value.utf8.forEach(take)
      take(0xff)
    }
    hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
    hash ^= hash >> 33
    return Double(hash >> 11) * 0x1p-53
  }
}
