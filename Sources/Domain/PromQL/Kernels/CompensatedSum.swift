/// A sum that carries the rounding errors along (Kahan's summation in Neumaier's form).
struct CompensatedSum {
  private(set) var sum = 0.0
  private(set) var compensation = 0.0

  init() {}

  init(sum: Double, compensation: Double) {
    self.sum = sum
    self.compensation = compensation
  }

  @inline(__always)
  mutating func add(_ value: Double) {
    let total = sum + value
    if total.isInfinite {
      compensation = 0
    } else if sum.magnitude >= value.magnitude {
      compensation += (sum - total) + value
    } else {
      compensation += (value - total) + sum
    }
    sum = total
  }

  @inline(__always)
  var total: Double { sum.isInfinite ? sum : sum + compensation }
}

/// A mean that stays finite where the sum does not.
struct CompensatedMean {
  /// The sum, or once that would overflow the mean so far.
  private var state: CompensatedSum
  private(set) var count = 1.0
  private var isIncremental = false

  init(first: Double) { state = CompensatedSum(sum: first, compensation: 0) }

  @inline(__always)
  mutating func add(_ value: Double) {
    count += 1
    if !isIncremental {
      var next = state
      next.add(value)
      guard next.sum.isInfinite else {
        state = next
        return
      }
      isIncremental = true
      state = CompensatedSum(sum: state.sum / (count - 1), compensation: state.compensation / (count - 1))
    }
    let weight = (count - 1) / count
    state = CompensatedSum(sum: weight * state.sum, compensation: weight * state.compensation)
    state.add(value / count)
  }

  var mean: Double {
    isIncremental ? state.sum + state.compensation : state.sum / count + state.compensation / count
  }
}
