/// What the values of a chart are, which decides how they are written.
enum ValueUnit: String, CaseIterable {
  case number
  case seconds
  case bytes

  /// The units of values from the greatest to the least, each with its size.
  fileprivate var scales: [(size: Double, suffix: String)] {
    switch self {
    case .number:
      // Shares such as 0.25 stay as they are; from a thousandth down there are prefixes.
      [
        (1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1e-3, ""), (1e-6, "µ"),
        (1e-9, "n"),
      ]
    case .seconds:
      [
        (86_400, " d"), (3_600, " h"), (60, " min"), (1, " s"), (1e-3, " ms"), (1e-6, " µs"), (1e-9, " ns"),
      ]
    case .bytes:
      [
        (0x1p60, " EiB"), (0x1p50, " PiB"), (0x1p40, " TiB"), (0x1p30, " GiB"), (0x1p20, " MiB"), (0x1p10, " KiB"),
        (1, " B"),
      ]
    }
  }
}

/// The axis of values: round numbers from below the least to above the greatest value, and how they are written.
struct ValueScale {
  let low: Double
  let high: Double
  /// From the least to the greatest.
  let ticks: [(value: Double, label: String)]

  /// - Parameters:
  ///   - tickCountMax: how many numbers there are room for; 2 or more.
  init(least: Double, greatest: Double, unit: ValueUnit, tickCountMax: Int) {
    // Far enough from the greatest number for the arithmetic below.
    var (least, greatest) = (max(least, -1e300), min(greatest, 1e300))
    let reach = max(abs(least), abs(greatest))
    if greatest - least <= reach * 1e-9 {
      // A level line is drawn in the middle.
      let margin = reach == 0 ? 1 : reach * 0.1
      (least, greatest) = (least - margin, greatest + margin)
    }
    let scale = Self.scale(reach == 0 ? 1 : reach, unit)
    var step = Self.roundStep((greatest - least) / scale.size / Double(tickCountMax))
    var (first, last) = Self.indexes(least / scale.size, greatest / scale.size, step)
    if last - first + 1 > Double(tickCountMax) {
      step = Self.roundStep(step * 1.01)
      (first, last) = Self.indexes(least / scale.size, greatest / scale.size, step)
    }
    low = first * step * scale.size
    high = last * step * scale.size
    let decimals = Self.decimals(of: step)
    ticks = (0...Int(last - first)).map { index in
      let value = (first + Double(index)) * step
      return (value * scale.size, Self.text(value, decimals: decimals) + scale.suffix)
    }
  }

  /// The multiples of a step around values; what a division lost does not make one more.
  private static func indexes(_ least: Double, _ greatest: Double, _ step: Double) -> (first: Double, last: Double) {
    let first = (least / step + 1e-9).rounded(.down)
    return (first, max(first + 1, (greatest / step - 1e-9).rounded(.up)))
  }

  /// The unit in which values up to a size are written; a power of a thousand where no unit has a name.
  private static func scale(_ reach: Double, _ unit: ValueUnit) -> (size: Double, suffix: String) {
    let scales = unit.scales
    if let found = scales.first(where: { reach >= $0.size }), reach < scales[0].size * 1_000 {
      return found.suffix.isEmpty ? (1, "") : found
    }
    var size = 1.0
    var exponent = 0
    while reach >= size * 1_000 {
      size *= 1_000
      exponent += 3
    }
    while reach < size, exponent > -300 {
      size /= 1_000
      exponent -= 3
    }
    return (size, "e\(exponent)")
  }

  /// The least of 1, 2, 5, 10, 20, … and 0.5, 0.2, 0.1, … that is not below a number.
  private static func roundStep(_ least: Double) -> Double {
    var size = 1.0
    while size * 10 <= least { size *= 10 }
    while size > least, size > 1e-12 { size /= 10 }
    for factor in [1.0, 2, 5] where size * factor >= least { return size * factor }
    return size * 10
  }

  private static func decimals(of step: Double) -> Int {
    var decimals = 0
    var size = 1.0
    while size > step * 1.001, decimals < 12 {
      size /= 10
      decimals += 1
    }
    return decimals
  }

  private static func text(_ value: Double, decimals: Int) -> String {
    var power: Int64 = 1
    for _ in 0..<decimals { power *= 10 }
    guard let whole = Int64(exactly: (value * Double(power)).rounded()) else { return "\(value)" }
    let sign = whole < 0 ? "-" : ""
    let fraction = decimals == 0 ? "" : "." + String(UInt64(power) + whole.magnitude % UInt64(power)).dropFirst()
    return "\(sign)\(whole.magnitude / UInt64(power))\(fraction)"
  }
}
