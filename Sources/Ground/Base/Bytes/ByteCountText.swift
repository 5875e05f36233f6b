/// Sizes as people write them.
package enum ByteCountText {
  private static let binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
  private static let decimalUnits = ["B", "kB", "MB", "GB", "TB", "PB"]

  /// A size with one decimal at most, for example `1.5 GiB`; in decimal units where only they give it exactly, as
  /// `2 GB` of a setting.
  package static func format(_ count: Int) -> String { format(count, like: count) }

  /// A size in the kind of units in which another one is written, for two that people compare.
  package static func format(_ count: Int, like other: Int) -> String {
    isDecimal(other) ? text(count, 1000, decimalUnits) : text(count, 1024, binaryUnits)
  }

  /// Whether a size has at most one decimal in decimal units, and more in binary ones.
  private static func isDecimal(_ count: Int) -> Bool { !isExact(count, 1024) && isExact(count, 1000) }

  private static func isExact(_ count: Int, _ factor: Int) -> Bool {
    var unit = 1
    while count / unit >= factor { unit *= factor }
    let (tenths, overflow) = (count % unit).multipliedReportingOverflow(by: 10)
    return !overflow && tenths % unit == 0
  }

  private static func text(_ count: Int, _ factor: Double, _ units: [String]) -> String {
    var value = Double(count)
    var index = 0
    while value >= factor, index < units.count - 1 {
      value /= factor
      index += 1
    }
    let tenths = (value * 10).rounded() / 10
    let text = tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    return "\(text) \(units[index])"
  }
}
