/// Values of which the highest of a range is found without looking at all of them.
struct BlockMaxima: Sendable {
  private static let blockCount = 64

  private let values: [Double]
  private let blocks: [Double]

  /// - Parameter values: What is not a number is never the highest.
  init(_ values: [Double]) {
    self.values = values
    blocks = stride(from: 0, to: values.count, by: Self.blockCount).map { start in
      values[start..<min(start + Self.blockCount, values.count)].reduce(-.infinity, Self.higher)
    }
  }

  private static func higher(_ highest: Double, _ value: Double) -> Double { value > highest ? value : highest }

  /// Minus infinity where no value is a number.
  func maximum(_ range: ClosedRange<Int>) -> Double {
    var highest = -Double.infinity
    var index = range.lowerBound
    while index <= range.upperBound {
      let isWhole = index % Self.blockCount == 0 && index + Self.blockCount - 1 <= range.upperBound
      highest = Self.higher(highest, isWhole ? blocks[index / Self.blockCount] : values[index])
      index += isWhole ? Self.blockCount : 1
    }
    return highest
  }
}
