/// `min_over_time`, `max_over_time` and the times of these values.
///
/// Amortised O(1) for each window and sample, however long windows are. The samples that can still become the extreme
/// of a window are kept in a queue, the best first.
struct ExtremeKernel: WindowKernel {
  /// By what values are multiplied so that the least of them is the best.
  private let sign: Double
  /// Whether the result is the time, of which the latest counts where values are equal.
  private let isTime: Bool
  /// Indices of samples; each is better than all that follow it, or as good.
  private var queue: [Int] = []
  private var first = 0
  /// The first sample that was not looked at.
  private var next = 0

  /// Windows of so few samples are searched, which is quicker than the queue.
  private static let searchMax = 32

  /// Nil for any other function.
  init?(_ function: PromQLFunction) {
    switch function {
    case .maxOverTime, .tsOfMaxOverTime: sign = -1
    case .minOverTime, .tsOfMinOverTime: sign = 1
    default: return nil
    }
    isTime = function == .tsOfMaxOverTime || function == .tsOfMinOverTime
  }

  /// Samples that windows share are looked at once.
  func cost(_ sampleCount: Int) -> Int { 1 }

  mutating func begin(_ times: Span<Int64>, _ values: Span<Double>) {
    queue.removeAll(keepingCapacity: true)
    first = 0
    next = 0
  }

  @inline(__always)
  mutating func value(
    _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, _ bounds: WindowBounds
  ) -> Double {
    let found = samples.count <= Self.searchMax ? search(samples, values) : front(samples, values)
    return isTime ? Double(times[found]) / 1_000 : values[found]
  }

  @inline(__always)
  private func search(_ samples: Range<Int>, _ values: Span<Double>) -> Int {
    var found = samples.lowerBound
    var best = values[found] * sign
    for index in (samples.lowerBound + 1)..<samples.upperBound {
      let value = values[index] * sign
      // NaN gives way to anything.
      guard value < best || (isTime && value == best) || best.isNaN else { continue }
      (found, best) = (index, value)
    }
    return found
  }

  private mutating func front(_ samples: Range<Int>, _ values: Span<Double>) -> Int {
    for index in max(next, samples.lowerBound)..<max(next, samples.upperBound) { append(index, values) }
    next = max(next, samples.upperBound)
    while first < queue.count, queue[first] < samples.lowerBound { first += 1 }
    // Without a number, what is none is the result.
    return first < queue.count ? queue[first] : samples.upperBound - 1
  }

  @inline(__always)
  private mutating func append(_ index: Int, _ values: Span<Double>) {
    let value = values[index] * sign
    guard !value.isNaN else { return }
    while queue.count > first, let last = queue.last {
      let known = values[last] * sign
      guard isTime ? value <= known : value < known else { break }
      queue.removeLast()
    }
    queue.append(index)
  }
}
