/// A function of PromQL by its name: those of Prometheus 3.14, experimental ones included, and Axonize's own.
///
/// The names of our own begin with `axonize_`, which no function of Prometheus does.
package enum PromQLFunction: String, Hashable, Sendable, CaseIterable {
  case abs, absent, acos, acosh, asin, asinh, atan, atanh, ceil, changes, clamp, cos, cosh, deg, delta, deriv, end, exp,
    floor, hour, idelta, increase, info, irate, ln, log10, log2, minute, month, pi, rad, range, rate, resets, round,
    scalar, sgn, sin, sinh, sort, sqrt, start, step, tan, tanh, time, timestamp, vector, year
  case absentOverTime = "absent_over_time"
  case anomalyScore = "axonize_anomaly_score"
  case avgOverTime = "avg_over_time"
  case baseline = "axonize_baseline"
  case clampMax = "clamp_max"
  case clampMin = "clamp_min"
  case correlation = "axonize_correlation"
  case countOverTime = "count_over_time"
  case dayOfMonth = "day_of_month"
  case dayOfWeek = "day_of_week"
  case dayOfYear = "day_of_year"
  case daysInMonth = "days_in_month"
  case doubleExponentialSmoothing = "double_exponential_smoothing"
  case firstOverTime = "first_over_time"
  case forecast = "axonize_forecast"
  case histogramAvg = "histogram_avg"
  case histogramCount = "histogram_count"
  case histogramFraction = "histogram_fraction"
  case histogramQuantile = "histogram_quantile"
  case histogramQuantiles = "histogram_quantiles"
  case histogramStddev = "histogram_stddev"
  case histogramStdvar = "histogram_stdvar"
  case histogramSum = "histogram_sum"
  case labelJoin = "label_join"
  case labelReplace = "label_replace"
  case lastOverTime = "last_over_time"
  case madOverTime = "mad_over_time"
  case maxOf = "max_of"
  case maxOverTime = "max_over_time"
  case minOf = "min_of"
  case minOverTime = "min_over_time"
  case predictLinear = "predict_linear"
  case presentOverTime = "present_over_time"
  case quantileOverTime = "quantile_over_time"
  case secondsUntil = "axonize_seconds_until"
  case sortByLabel = "sort_by_label"
  case sortByLabelDesc = "sort_by_label_desc"
  case sortDesc = "sort_desc"
  case startTimestamp = "start_timestamp"
  case stddevOverTime = "stddev_over_time"
  case stdvarOverTime = "stdvar_over_time"
  case sumOverTime = "sum_over_time"
  case tsOfFirstOverTime = "ts_of_first_over_time"
  case tsOfLastOverTime = "ts_of_last_over_time"
  case tsOfMaxOverTime = "ts_of_max_over_time"
  case tsOfMinOverTime = "ts_of_min_over_time"
}

/// Which arguments a function takes and what it returns.
package struct FunctionSignature: Hashable, Sendable {
  /// The types of the arguments; the last one's is also that of all further ones.
  package var arguments: [PromQLValueType]
  package var argumentCountMin: Int
  /// Nil for no maximum.
  package var argumentCountMax: Int?
  package var result: PromQLValueType

  init(_ arguments: [PromQLValueType], optional: Int = 0, further: Int? = 0, result: PromQLValueType = .vector) {
    self.arguments = arguments
    argumentCountMin = arguments.count - optional
    argumentCountMax = further.map { arguments.count + $0 }
    self.result = result
  }
}

extension PromQLFunction {
  package var signature: FunctionSignature {
    switch self {
    case .abs, .absent, .acos, .acosh, .asin, .asinh, .atan, .atanh, .ceil, .cos, .cosh, .deg, .exp, .floor,
      .histogramAvg, .histogramCount, .histogramStddev, .histogramStdvar, .histogramSum, .ln, .log10, .log2, .rad, .sgn,
      .sin, .sinh, .sort, .sortDesc, .sqrt, .startTimestamp, .tan, .tanh, .timestamp:
      FunctionSignature([.vector])
    case .absentOverTime, .avgOverTime, .changes, .countOverTime, .delta, .deriv, .firstOverTime, .idelta, .increase,
      .irate, .lastOverTime, .madOverTime, .maxOverTime, .minOverTime, .presentOverTime, .rate, .resets,
      .stddevOverTime,
      .stdvarOverTime, .sumOverTime, .tsOfFirstOverTime, .tsOfLastOverTime, .tsOfMaxOverTime, .tsOfMinOverTime:
      FunctionSignature([.matrix])
    case .dayOfMonth, .dayOfWeek, .dayOfYear, .daysInMonth, .hour, .minute, .month, .year:
      FunctionSignature([.vector], optional: 1)
    case .end, .pi, .range, .start, .step, .time:
      FunctionSignature([], result: .scalar)
    case .maxOf, .minOf:
      FunctionSignature([.scalar, .scalar], result: .scalar)
    case .scalar:
      FunctionSignature([.vector], result: .scalar)
    case .vector:
      FunctionSignature([.scalar])
    case .clamp:
      FunctionSignature([.vector, .scalar, .scalar])
    case .clampMax, .clampMin:
      FunctionSignature([.vector, .scalar])
    case .round:
      FunctionSignature([.vector, .scalar], optional: 1)
    case .info:
      FunctionSignature([.vector, .vector], optional: 1)
    case .forecast, .predictLinear, .secondsUntil:
      FunctionSignature([.matrix, .scalar])
    case .anomalyScore, .baseline:
      FunctionSignature([.matrix, .string, .scalar], optional: 1)
    case .correlation:
      FunctionSignature([.matrix, .matrix, .string, .scalar], optional: 2)
    case .quantileOverTime:
      FunctionSignature([.scalar, .matrix])
    case .doubleExponentialSmoothing:
      FunctionSignature([.matrix, .scalar, .scalar])
    case .histogramFraction:
      FunctionSignature([.scalar, .scalar, .vector])
    case .histogramQuantile:
      FunctionSignature([.scalar, .vector])
    case .histogramQuantiles:
      FunctionSignature([.vector, .string, .scalar, .scalar], optional: 1, further: 8)
    case .labelReplace:
      FunctionSignature([.vector, .string, .string, .string, .string])
    case .labelJoin:
      FunctionSignature([.vector, .string, .string, .string], optional: 1, further: nil)
    case .sortByLabel, .sortByLabelDesc:
      FunctionSignature([.vector, .string], optional: 1, further: nil)
    }
  }
}
