import Attribution
import Base

let second: Int64 = 1_000_000_000
/// When the tests' samples begin.
let begin: Int64 = 1_800_000_000 * second

func span(
  _ id: UInt64, _ start: Double, _ end: Double, in parent: UInt64? = nil, trace: UInt64 = 1, tokens: Double? = nil
) -> SpanInterval {
  SpanInterval(
    traceID: TraceID(high: 0, low: trace), spanID: SpanID(id), parentID: parent.map { SpanID($0) },
    start: begin + Int64(start * 1e9), end: begin + Int64(end * 1e9), tokens: tokens)
}

/// Samples at multiples of a period, from ``begin``.
func column(_ values: [Double], period: Double = 1, from first: Double = 0) -> SampleColumn {
  SampleColumn(
    times: values.indices.map { begin + Int64((first + Double($0) * period) * 1e9) }, values: values)
}

/// A counter that grows by watts, a value for each second.
func counter(_ watts: [Double], from joules: Double = 1_000) -> SampleColumn {
  column(watts.reduce(into: [joules]) { $0.append($0[$0.count - 1] + $1) })
}

func seconds(_ range: ClosedRange<Double>) -> Range<Int64> {
  begin + Int64(range.lowerBound * 1e9)..<begin + Int64(range.upperBound * 1e9)
}

/// Boards, samples and spans of any kind, each case the same each time.
struct RandomBoard {
  var board = BoardInput()
  let range = seconds(0...60)
  private var random: SeededRandom

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    board.energy = energy()
    if Bool.random(using: &random) { board.power = gauge(0...700) }
    let partCount = Bool.random(using: &random) ? 0 : Int.random(in: 1...4, using: &random)
    var id: UInt64 = 0
    for part in 0..<max(1, partCount) {
      var resource = ResourceInput(
        id: "\(part)", isPart: partCount > 0, size: Double(Int.random(in: 1...4, using: &random)))
      if partCount > 0, Bool.random(using: &random) {
        resource.validity = [
          seconds(Double.random(in: 0...20, using: &random)...Double.random(in: 30...60, using: &random))
        ]
      }
      if Bool.random(using: &random) { resource.activity = gauge(0...1) }
      resource.utilisation = gauge(0...1)
      resource.spans = spans(&id)
      board.resources.append(resource)
    }
  }

  /// A counter with readings that are missing, and drivers that are loaded again.
  private mutating func energy() -> SampleColumn {
    var column = SampleColumn()
    var joules = Double.random(in: 0...1e9, using: &random)
    for index in 0...600 {
      joules += Double.random(in: 0...100, using: &random)
      if Int.random(in: 0..<200, using: &random) == 0 { joules = 0 }
      if Int.random(in: 0..<10, using: &random) == 0 { continue }
      column.times.append(begin + Int64(index) * second / 10)
      column.values.append(joules)
    }
    return column
  }

  private mutating func gauge(_ range: ClosedRange<Double>) -> SampleColumn {
    column((0...60).map { _ in Double.random(in: range, using: &random) })
  }

  private mutating func spans(_ id: inout UInt64) -> [SpanInterval] {
    (0..<Int.random(in: 0...40, using: &random)).map { _ in
      id += 1
      let start = Double.random(in: -5...60, using: &random)
      return span(
        id, start, start + Double.random(in: 0...20, using: &random),
        // Also parents that come later, are elsewhere, or around each other.
        in: Bool.random(using: &random) ? UInt64.random(in: 1...id + 5, using: &random) : nil,
        trace: UInt64.random(in: 1...3, using: &random),
        tokens: Bool.random(using: &random) ? Double(Int.random(in: 0...10_000, using: &random)) : nil)
    }
  }
}

/// Numbers that are the same for the same seed (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
