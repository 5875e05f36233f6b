import Trends

/// `axonize_forecast` and `axonize_seconds_until`: the line of Theil and Sen through the samples of a window.
///
/// O(n²) for n samples of a window, since all pairs of them are looked at; of which there are `TheilSenLine.pointCountMax`
/// at most.
struct LineKernel: WindowKernel {
  let function: PromQLFunction
  /// How many seconds ahead, or the threshold.
  let scalar: StepScalar
  /// Why there is no result, once a window had too many samples.
  private(set) var failure: String?
  private var points: (times: [Double], values: [Double]) = ([], [])

  init(_ function: PromQLFunction, _ scalar: StepScalar) {
    self.function = function
    self.scalar = scalar
  }

  func begin(_ times: Span<Int64>, _ values: Span<Double>) {}

  func cost(_ sampleCount: Int) -> Int {
    sampleCount <= TheilSenLine.pointCountMax ? sampleCount * sampleCount : sampleCount
  }

  mutating func value(
    _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, _ bounds: WindowBounds
  ) -> Double {
    guard failure == nil else { return Absent.marker }
    points.times.removeAll(keepingCapacity: true)
    points.values.removeAll(keepingCapacity: true)
    for index in samples where !values[index].isNaN {
      guard points.values.count < TheilSenLine.pointCountMax else {
        failure =
          "\(function.rawValue)() compares all pairs of the samples of a window, of which there may be "
          + "\(TheilSenLine.pointCountMax); give the window longer steps, such as v[6h:1m]"
        return Absent.marker
      }
      // From the time of the evaluation, so that no digits are lost.
      points.times.append(Double(times[index] - bounds.time) / 1_000)
      points.values.append(values[index])
    }
    guard points.values.count > 1 else { return Absent.marker }
    guard let line = TheilSenLine(times: points.times, values: points.values) else { return .nan }
    let argument = scalar[bounds.step]
    if function == .forecast { return line.value(at: argument) }
    return argument.isNaN ? .nan : line.crossing(argument, after: 0)?.expected ?? .infinity
  }
}
