/// What an aggregation keeps of a group at one step.
protocol StepAccumulator {
  init()

  /// Takes the next value. What is not a value at all is never passed.
  mutating func add(_ value: Double)

  /// ``Absent/marker`` where no value came.
  var result: Double { get }
}

extension StepAccumulator {
  /// Takes the values of a series, each at its step.
  static func add(_ values: [Double], to accumulators: inout [Self]) {
    for step in values.indices where Absent.isPresent(values[step]) { accumulators[step].add(values[step]) }
  }
}

struct SumAccumulator: StepAccumulator {
  private var sum = CompensatedSum()
  private var hasValue = false

  mutating func add(_ value: Double) {
    sum.add(value)
    hasValue = true
  }

  var result: Double { hasValue ? sum.total : Absent.marker }
}

struct MeanAccumulator: StepAccumulator {
  private var mean: CompensatedMean?

  mutating func add(_ value: Double) {
    if mean == nil { mean = CompensatedMean(first: value) } else { mean?.add(value) }
  }

  var result: Double { mean?.mean ?? Absent.marker }
}

struct CountAccumulator: StepAccumulator {
  private var count = 0.0

  mutating func add(_ value: Double) { count += 1 }

  var result: Double { count == 0 ? Absent.marker : count }
}

/// 1 where there is a value.
struct GroupAccumulator: StepAccumulator {
  private(set) var result = Absent.marker

  mutating func add(_ value: Double) { result = 1 }
}

struct MinimumAccumulator: StepAccumulator {
  private(set) var result = Absent.marker

  /// The marker is not a number, which gives way to anything.
  mutating func add(_ value: Double) { if result > value || result.isNaN { result = value } }
}

struct MaximumAccumulator: StepAccumulator {
  private(set) var result = Absent.marker

  mutating func add(_ value: Double) { if result < value || result.isNaN { result = value } }
}

/// Welford's algorithm.
struct VarianceAccumulator: StepAccumulator {
  private var count = 0.0
  private var mean = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    guard count > 1 else {
      mean = value
      squares = value.isFinite ? 0 : .nan
      return
    }
    let delta = value - mean
    mean += delta / count
    squares += delta * (value - mean)
  }

  var result: Double { count == 0 ? Absent.marker : squares / count }
}

struct DeviationAccumulator: StepAccumulator {
  private var variance = VarianceAccumulator()

  mutating func add(_ value: Double) { variance.add(value) }

  var result: Double {
    let variance = variance.result
    return Absent.isAbsent(variance) ? variance : variance.squareRoot()
  }
}
