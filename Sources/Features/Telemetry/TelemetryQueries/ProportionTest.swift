import Glibc

/// Whether two shares differ by more than chance lets expect.
///
/// A z-test with pooled variance where at least five of each kind are expected in both samples, else Fisher's exact test; both
/// two-sided.
package struct ProportionTest: Sendable, Hashable {
  package enum Method: String, Sendable, CaseIterable {
    case z
    case fisher
  }

  package let shareA: Double
  package let shareB: Double
  package let method: Method
  /// The probability of a difference at least this great without a reason.
  package let pValue: Double

  /// The share in A per share in B; nil where B has none.
  package var lift: Double? { shareB > 0 ? shareA / shareB : nil }

  /// - Parameters:
  ///   - a: How many of the first sample have it, of how many.
  ///   - b: The same of the second sample; neither sample MUST be empty.
  ///   - factorials: Logarithms of factorials up to both samples together.
  init(a: (count: Int, of: Int), b: (count: Int, of: Int), _ factorials: LogFactorials) {
    shareA = Double(a.count) / Double(a.of)
    shareB = Double(b.count) / Double(b.of)
    let (with, all) = (Double(a.count + b.count), Double(a.of + b.of))
    let least = min(with, all - with) * Double(min(a.of, b.of)) / all
    if least >= 5 {
      method = .z
      let pooled = with / all
      let deviation = (pooled * (1 - pooled) * (1 / Double(a.of) + 1 / Double(b.of))).squareRoot()
      pValue = deviation > 0 ? erfc(abs(shareA - shareB) / deviation / 2.0.squareRoot()) : 1
    } else {
      method = .fisher
      pValue = Self.fisher(a, b, factorials)
    }
  }

  /// The sum of the probabilities of all tables with the same sums that are not more likely than this one.
  private static func fisher(_ a: (count: Int, of: Int), _ b: (count: Int, of: Int), _ logs: LogFactorials) -> Double {
    let with = a.count + b.count
    let all = a.of + b.of
    let base = logs[a.of] + logs[b.of] + logs[with] + logs[all - with] - logs[all]
    func logProbability(_ count: Int) -> Double {
      base - logs[count] - logs[a.of - count] - logs[with - count] - logs[b.of - with + count]
    }
    // Tables as likely as this one count; rounding must not leave them out.
    let limit = logProbability(a.count) + 1e-7
    var sum = 0.0
    for count in max(0, with - b.of)...min(a.of, with) {
      let log = logProbability(count)
      if log <= limit { sum += exp(log) }
    }
    return min(1, sum)
  }
}

/// Logarithms of factorials.
struct LogFactorials {
  private let logs: [Double]

  init(upTo greatest: Int) {
    var logs = [0.0]
    logs.reserveCapacity(greatest + 1)
    for number in stride(from: 1, through: greatest, by: 1) { logs.append(logs[number - 1] + log(Double(number))) }
    self.logs = logs
  }

  subscript(number: Int) -> Double { logs[number] }
}
