/// What a GPU, or a part of one, did over time, in steps of equal length.
package struct GPULane: Sendable, Hashable {
  package let id: String
  /// The beginning of the first step, in nanoseconds since 1970.
  package let start: Int64
  /// The length of a step, in nanoseconds.
  package let step: Int64
  /// The mean of each step, from 0 to 1; nil where there are no samples.
  package let utilisation: [Double?]
  /// Watts; of a part its share.
  package let power: [Double?]
  /// Bytes.
  package let memory: [Double?]
  /// Hertz.
  package let smClock: [Double?]
  /// Which part of each step clocks were lowered.
  package let throttled: [Double?]

  /// The lanes of a board's resources, in their order.
  ///
  /// - Parameter pointCountMax: The most steps; there are fewer where samples are not that dense.
  package static func lanes(of board: BoardInput, in range: Range<Int64>, pointCountMax: Int) -> [GPULane] {
    let curve = EnergyCurve(energy: board.energy, power: board.power, in: range)
    let period = max(StepIntegral.median(board.energy.times), StepIntegral.median(board.power.times), stepMin)
    let width = range.upperBound - range.lowerBound
    let count = Int64(max(1, min(Int64(pointCountMax), width / period)))
    let step = (width + count - 1) / count
    let steps = (0..<count).map { number in
      let start = range.lowerBound + number * step
      return start..<min(start + step, range.upperBound)
    }
    .filter { !$0.isEmpty }
    return zip(board.resources, curve.divided(among: board.resources).curves).map { resource, curve in
      func means(_ column: SampleColumn, _ value: (Double) -> Double = { $0 }) -> [Double?] {
        let samples = StepIntegral(column, value: value)
        return steps.map { step in
          let window = samples.window(step)
          return window.covered > 0 ? window.integral / StepIntegral.seconds(window.covered) : nil
        }
      }
      return GPULane(
        id: resource.id, start: range.lowerBound, step: step, utilisation: means(resource.utilisation),
        power: steps.map { step in
          let window = curve.window(step)
          return window.covered > 0 ? window.joules / StepIntegral.seconds(window.covered) : nil
        }, memory: means(resource.memory), smClock: means(resource.smClock),
        throttled: means(resource.clockEventReasons, ClockEvents.throttling))
    }
  }

  /// Steps are not shorter than a burst's period.
  private static let stepMin: Int64 = 100_000_000
}

/// The driver's bits for why clocks are lowered (`nvmlClocksEventReasons`).
enum ClockEvents {
  /// Power capped (4), hardware slowdown (8), too hot by software (20) or hardware (40), power brake (80); not idle, and not
  /// what people set.
  private static let throttlingBits: UInt64 = 0x4 | 0x8 | 0x20 | 0x40 | 0x80

  /// 1 for throttled, 0 for not, no number for what are no bits.
  static func throttling(_ bits: Double) -> Double {
    guard bits >= 0, bits < 0x1p63 else { return .nan }
    return UInt64(bits) & throttlingBits == 0 ? 0 : 1
  }
}
