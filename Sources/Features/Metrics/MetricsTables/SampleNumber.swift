/// A value as the table `samples` has it: a whole number and by which power of ten it is divided, or the bits.
///
/// What exporters write are counts, bytes, percentages and seconds with a few decimals. As whole numbers their differences are
/// small, so a sample takes half of what the bits of the value do. No value is changed: where none of the scales gives the
/// same bits back, they are stored themselves.
package struct SampleNumber: Equatable {
  package let number: Int64
  /// One of ``scales``, or ``bits``.
  package let scale: UInt8

  /// `number` has the bits of the value.
  package static let bits: UInt8 = 255

  /// Decimals, the first that fits a value is its scale.
  ///
  /// Whole numbers have three as well, so that 50 between 49.9 and 50.1 has the same scale as these; the codec divides by
  /// what all numbers of a block have in common. Those above 9 · 10¹² have none.
  package static let scales: [UInt8] = [3, 6, 9, 0]

  /// Up to which every whole number is a `Double`, so that a series changes its scale once at most as it grows.
  private static let magnitudeMax = 0x1p53

  package init(_ value: Double) {
    for scale in Self.scales {
      let divisor = Self.divisor(scale)
      let scaled = (value * divisor).rounded()
      // False for NaN and infinity too.
      guard scaled.magnitude <= Self.magnitudeMax else { continue }
      let number = Int64(scaled)
      if (Double(number) / divisor).bitPattern == value.bitPattern {
        self.number = number
        self.scale = scale
        return
      }
    }
    number = Int64(bitPattern: value.bitPattern)
    scale = Self.bits
  }

  /// The value of a row.
  @inline(__always)
  package static func value(_ number: Int64, scale: UInt8) -> Double {
    scale == bits ? Double(bitPattern: UInt64(bitPattern: number)) : Double(number) / divisor(scale)
  }

  @inline(__always)
  private static func divisor(_ scale: UInt8) -> Double {
    switch scale {
    case 3: 1e3
    case 6: 1e6
    case 9: 1e9
    default: 1
    }
  }
}
