import Series

/// The times at which an expression is evaluated: `count` of them, `step` apart.
struct StepGrid: Hashable, Sendable {
  /// In milliseconds since 1970.
  let start: Int64
  /// In milliseconds; positive.
  let step: Int64
  let count: Int

  init(start: Int64, step: Int64, count: Int) {
    self.start = start
    self.step = step
    self.count = count
  }

  /// From a time to the last step that is not after another; none where that one comes first.
  init(from start: Int64, through end: Int64, step: Int64) {
    self.init(start: start, step: step, count: end < start ? 0 : Int((end - start) / step) + 1)
  }

  /// The multiples of a step after a time, up to and including another: the steps of a subquery.
  init(multiplesOf step: Int64, after time: Int64, through end: Int64) {
    let floor = (time >= 0 ? time : time - step + 1) / step
    self.init(from: (floor + 1) * step, through: end, step: step)
  }

  func time(_ index: Int) -> Int64 { start + Int64(index) * step }

  /// The last time.
  ///
  /// The grid MUST NOT be empty.
  var end: Int64 { time(count - 1) }

  /// Its first time alone.
  var first: StepGrid { StepGrid(start: start, step: step, count: 1) }
}

/// What stands at a step without a value: the stale marker, which selectors never pass on and arithmetic never makes.
enum Absent {
  @inline(__always)
  static var marker: Double { Double(bitPattern: StaleMarker.bitPattern) }

  @inline(__always)
  static func isAbsent(_ value: Double) -> Bool { value.bitPattern == StaleMarker.bitPattern }

  @inline(__always)
  static func isPresent(_ value: Double) -> Bool { value.bitPattern != StaleMarker.bitPattern }
}

/// The values of one series at each step of a grid.
struct StepSeries: Sendable {
  var labels: LabelSet
  /// Whether the metric's name, type and unit go when the result is passed on.
  ///
  /// They stay until then, so that `label_replace` and grouping still find them.
  var dropsName: Bool
  /// One for each step, ``Absent/marker`` where there is none.
  var values: [Double]

  init(_ labels: LabelSet, dropsName: Bool = false, values: [Double]) {
    self.labels = labels
    self.dropsName = dropsName
    self.values = values
  }

  var hasValue: Bool { values.contains { Absent.isPresent($0) } }

  /// From the first step with a value to the last; empty where none has one.
  var extent: Range<Int> {
    guard let first = values.firstIndex(where: Absent.isPresent), let last = values.lastIndex(where: Absent.isPresent)
    else { return 0..<0 }
    return first..<last + 1
  }
}

/// A number for each step of a grid.
enum StepScalar: Sendable {
  case constant(Double)
  case column([Double])

  subscript(step: Int) -> Double {
    switch self {
    case .constant(let value): value
    case .column(let values): values[step]
    }
  }

  func values(_ count: Int) -> [Double] {
    switch self {
    case .constant(let value): Array(repeating: value, count: count)
    case .column(let values): values
    }
  }

  func map(_ transform: (Double) -> Double) -> StepScalar {
    switch self {
    case .constant(let value): .constant(transform(value))
    case .column(let values): .column(values.map(transform))
    }
  }

  /// Step by step; constant where both are.
  static func combine(_ left: StepScalar, _ right: StepScalar, _ operation: (Double, Double) -> Double) -> StepScalar {
    switch (left, right) {
    case (.constant(let left), .constant(let right)): .constant(operation(left, right))
    case (.column(let values), let right): .column(values.indices.map { operation(values[$0], right[$0]) })
    case (let left, .column(let values)): .column(values.indices.map { operation(left[$0], values[$0]) })
    }
  }
}

/// What an expression is at the steps of a grid.
enum StepValue: Sendable {
  case scalar(StepScalar)
  /// In the order of the result, which only sorting functions and `topk` define.
  case vector([StepSeries])
  case string(String)
}
