/// Instant selectors over the samples of one series, stale markers among them.
struct InstantKernel {
  let grid: StepGrid
  let time: PlannedTime
  let lookback: Int64

  /// The last sample at each step, unless it is older than the lookback or a stale marker.
  ///
  /// - Parameter pick: The value of the sample with this index.
  /// - Returns: Whether a step has a value.
  @inline(__always)
  func latest(
    _ times: Span<Int64>, _ values: Span<Double>, to output: inout [Double], _ pick: (Int) -> Double
  ) -> Bool {
    var next = 0
    var isFilled = false
    for step in 0..<grid.count {
      let reference = time.resolved(grid.time(step))
      while next < times.count, times[next] <= reference { next += 1 }
      guard next > 0, times[next - 1] > reference - lookback, Absent.isPresent(values[next - 1]) else { continue }
      output[step] = pick(next - 1)
      isFilled = true
    }
    return isFilled
  }

  /// The value on the line between the samples before and after each step, or the one before where there is none after.
  ///
  /// The samples MUST be without stale markers.
  func smoothed(_ times: Span<Int64>, _ values: Span<Double>, to output: inout [Double]) -> Bool {
    var next = 0
    var isFilled = false
    for step in 0..<grid.count {
      let reference = time.resolved(grid.time(step))
      while next < times.count, times[next] < reference { next += 1 }
      if next < times.count, times[next] == reference {
        output[step] = values[next]
      } else {
        // Both count within the lookback only; its start is exclusive, its end is not.
        guard next > 0, times[next - 1] > reference - lookback else { continue }
        let hasNext = next < times.count && times[next] <= reference + lookback
        output[step] =
          hasNext
          ? WindowEdges.interpolated(next - 1, next, times, values, at: reference, isCounter: false) : values[next - 1]
      }
      isFilled = true
    }
    return isFilled
  }
}
