import Glibc

/// Numbers that a seed decides: SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
package struct SeededRandom: Sendable {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed }

  package mutating func bits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// From 0 to below 1.
  mutating func fraction() -> Double { Double(bits() >> 11) * 0x1p-53 }

  mutating func happens(_ probability: Double) -> Bool { fraction() < probability }

  mutating func number(_ range: Range<Int>) -> Int { range.lowerBound + Int(fraction() * Double(range.count)) }

  mutating func element<Element>(of list: [Element]) -> Element { list[number(0..<list.count)] }

  /// A number around a middle, with a tail to the greater ones: log-normal.
  mutating func around(_ median: Double, spread: Double) -> Double {
    let normal = sqrt(-2 * log(1 - fraction())) * cos(2 * Double.pi * fraction())
    return median * exp(spread * max(-3, min(3, normal)))
  }

  /// How many of something that comes at random, `mean` on average: Poisson, at most 1,000.
  mutating func count(mean: Double) -> Int {
    var (count, rest) = (0, mean)
    // Knuth's product of fractions underflows for great means, so it is taken in parts.
    while rest > 0, count < 1_000 {
      let limit = exp(-min(rest, 30))
      var product = fraction()
      while product > limit, count < 1_000 {
        count += 1
        product *= fraction()
      }
      rest -= 30
    }
    return count
  }
}
