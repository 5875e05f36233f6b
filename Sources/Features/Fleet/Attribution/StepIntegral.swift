/// Samples as a function of time that has a value between two samples, namely that of the later one.
///
/// What a driver reports is the mean of the last period, or has just been read. Between samples that are too far apart there is
/// no value. Integrals take O(log n), maxima O(log n + √n).
struct StepIntegral: Sendable {
  /// Samples further apart than this many periods have a gap between them.
  static let gapPeriodsMax: Int64 = 3
  /// The shortest period that is believed: bursts of 100 ms come and go.
  static let periodMin: Int64 = 1_000_000_000

  let times: [Int64]
  private let values: [Double]
  /// Per sample: the time with values up to it, in nanoseconds.
  private let covered: [Int64]
  /// Per sample: the integral up to it, in value times seconds.
  private let integrals: [Double]
  private let maxima: BlockMaxima
  private let widths: BlockMaxima
  /// The usual time between two samples outside of bursts, in nanoseconds; 0 for fewer than two.
  let period: Int64

  init(_ column: SampleColumn, value: (Double) -> Double = { $0 }) {
    times = column.times
    period = Self.period(column.times)
    widths = Self.widths(column.times)
    let gapMax = Self.gapMax(period)
    var values = column.values.map(value)
    var covered = [Int64](repeating: 0, count: values.count)
    var integrals = [Double](repeating: 0, count: values.count)
    for index in values.indices {
      guard index > 0 else {
        values[index] = .nan
        continue
      }
      let width = times[index] - times[index - 1]
      if width > gapMax || !values[index].isFinite { values[index] = .nan }
      let isThere = !values[index].isNaN
      covered[index] = covered[index - 1] + (isThere ? width : 0)
      integrals[index] = integrals[index - 1] + (isThere ? values[index] * Self.seconds(width) : 0)
    }
    self.values = values
    self.covered = covered
    self.integrals = integrals
    maxima = BlockMaxima(values)
  }

  static func gapMax(_ period: Int64) -> Int64 { max(period, periodMin) * gapPeriodsMax }

  static func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }

  /// Shorter distances are those of a burst, or of a collector that is as fast all the time.
  private static let burstMax: Int64 = 500_000_000

  /// The usual time between two samples: the median, without bursts where there are others.
  ///
  /// Samples of a burst are more than those of the minutes around it, which they would make gaps. A single long distance
  /// among short ones is a gap.
  static func period(_ times: [Int64]) -> Int64 {
    let widths = zip(times.dropFirst(), times).map { $0 - $1 }
    let slow = widths.indices.filter { index in
      widths[index] >= burstMax
        && (index > 0 && widths[index - 1] >= burstMax || index + 1 < widths.count && widths[index + 1] >= burstMax)
    }
    return slow.isEmpty ? median(times) : slow.map { widths[$0] }.sorted()[slow.count / 2]
  }

  /// Of each sample the time since the one before.
  private static func widths(_ times: [Int64]) -> BlockMaxima {
    BlockMaxima(times.isEmpty ? [] : [0] + zip(times.dropFirst(), times).map { Double($0 - $1) })
  }

  static func median(_ times: [Int64]) -> Int64 {
    guard times.count > 1 else { return 0 }
    let widths = zip(times.dropFirst(), times).map { $0 - $1 }.sorted()
    return widths[widths.count / 2]
  }

  /// The pieces with a value, ascending.
  var pieces: [(range: Range<Int64>, value: Double)] {
    values.indices.dropFirst().compactMap { values[$0].isNaN ? nil : (times[$0 - 1]..<times[$0], values[$0]) }
  }

  /// What is known of a time.
  struct Window {
    /// How much of it has values, in nanoseconds.
    var covered: Int64 = 0
    /// In value times seconds.
    var integral = 0.0
    /// Minus infinity without values.
    var maximum = -Double.infinity
    /// The longer of the pieces in which it begins and ends, in nanoseconds.
    var edge: Int64 = 0
    /// The longest of all its pieces, in nanoseconds.
    var longest = 0.0
  }

  func window(_ range: Range<Int64>) -> Window {
    var window = Window()
    guard times.count > 1, !range.isEmpty, range.lowerBound < times[times.count - 1], range.upperBound > times[0] else {
      return window
    }
    // The pieces that overlap the range; piece i is between samples i - 1 and i.
    let first = max(1, Self.firstIndex(of: times, after: range.lowerBound))
    let last = min(times.count - 1, Self.firstIndex(of: times, after: range.upperBound - 1))
    window.covered = covered[last] - covered[first - 1]
    window.integral = integrals[last] - integrals[first - 1]
    for (piece, outside) in [
      (first, max(0, range.lowerBound - times[first - 1])), (last, max(0, times[last] - range.upperBound)),
    ] where !values[piece].isNaN {
      window.covered -= outside
      window.integral -= values[piece] * Self.seconds(outside)
      window.edge = max(window.edge, times[piece] - times[piece - 1])
    }
    window.integral = max(window.integral, 0)
    window.longest = widths.maximum(first...last)
    window.maximum = maxima.maximum(first...last)
    return window
  }

  /// The first index whose element is greater.
  static func firstIndex(of times: [Int64], after time: Int64) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] > time { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
