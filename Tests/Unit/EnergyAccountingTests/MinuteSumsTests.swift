import Attribution
import Base
import Feature
import FleetTables
import Testing

@testable import AttributionReading
@testable import EnergyAccounting

/// Goal: whatever spans there are, and however a time is divided, rows add up to what the counters say.
///
/// Method: random boards and spans of two tenants; sums of a minute as a whole and in parts.
@Suite struct MinuteSumsTests {
  private static let second: Int64 = 1_000_000_000
  private static let start: Int64 = 1_780_000_020 / 60 * 60 * second
  private static let minute = start..<start + 60 * second
  private static let other = TenantID(2)

  /// A board of 100 W and some more each second, whose counter is read every second.
  private static func board(_ uuid: String, _ random: inout some RandomNumberGenerator) -> GPUSamples {
    var samples = GPUSamples(uuid: uuid)
    (samples.model, samples.node) = ("H200", "n1")
    var energy = SampleColumn()
    var joules = 1_000.0
    for offset in -5...65 as ClosedRange<Int64> {
      energy.times.append(start + offset * second)
      energy.values.append(joules)
      joules += 100 + Double(Int.random(in: 0...400, using: &random))
    }
    samples.input.energy = energy
    samples.input.resources = [ResourceInput(id: uuid)]
    return samples
  }

  private struct Span {
    let tenant: TenantID
    let number: UInt64
    let time: Range<Int64>
    let gpus: [String]
  }

  private static func spans(_ count: Int, _ gpus: [String], _ random: inout some RandomNumberGenerator) -> [Span] {
    (0..<count).map { number in
      let begin = start + Int64.random(in: -20_000...60_000, using: &random) * 1_000_000
      return Span(
        tenant: Bool.random(using: &random) ? .default : other, number: UInt64(number + 1),
        time: begin..<begin + Int64.random(in: 1...30_000, using: &random) * 1_000_000,
        gpus: Bool.random(using: &random) ? gpus : [gpus[Int.random(in: 0..<gpus.count, using: &random)]])
    }
  }

  private static func use(_ boards: [GPUSamples], _ spans: [Span], in range: Range<Int64>) -> SharedUse {
    var known = KnownSpans()
    let inside = spans.filter { $0.time.overlaps(range) }
    for span in inside {
      known.traceIDs.append(TraceID(high: 1, low: span.number))
      known.spanIDs.append(SpanID(span.number))
      known.parentIDs.append(nil)
      known.starts.append(span.time.lowerBound)
      known.ends.append(span.time.upperBound)
      known.names.append("chat")
      known.statuses.append(.ok)
      known.services.append("s\(span.number % 3)")
      known.models.append("m\(span.number % 2)")
      known.providers.append("vllm")
      known.operations.append("chat")
      known.inputTokens.append(span.number % 5 == 0 ? nil : 100)
      known.outputTokens.append(10)
      known.gpuIDs.append(span.gpus)
      known.nodeIDs.append("")
      known.counts.append(span.number % 7 != 0)
    }
    var uses: [SpanGPUUse] = []
    let attributed = boards.enumerated().map { index, samples in
      var samples = samples
      let rows = inside.indices.filter { inside[$0].gpus.contains(samples.uuid) }
      samples.input.resources[0].spans = rows.map { row in
        SpanInterval(
          traceID: known.traceIDs[row], spanID: known.spanIDs[row], start: known.starts[row], end: known.ends[row],
          tokens: known.inputTokens[row].map { Double($0) + 10 })
      }
      let attribution = BoardAttribution(samples.input, in: range)
      for (place, row) in rows.enumerated() {
        uses.append(
          SpanGPUUse(span: row, gpuID: samples.uuid, board: index, use: attribution.resources[0].uses[place]))
      }
      return AttributedBoard(samples: samples, attribution: attribution)
    }
    return SharedUse(
      spans: known, tenants: inside.map(\.tenant),
      attributed: AttributedSpans(boards: attributed, uses: uses, warnings: []))
  }

  private func total(_ sums: MinuteSums, _ value: (EnergyRow) -> Double, where isIn: (EnergyRow.Key) -> Bool) -> Double
  {
    sums.all.filter { isIn($0.key) }.reduce(0) { $0 + value($1) }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `what the owner of the GPUs sees adds up to the counters, and a divided minute to the whole`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let boards = ["GPU-a", "GPU-b"].map { Self.board($0, &random) }
    let spans = Self.spans(Int.random(in: 0...60, using: &random), boards.map(\.uuid), &random)
    var whole = MinuteSums()
    whole.add(Self.use(boards, spans, in: Self.minute), on: .default, in: Self.minute)

    let counted = boards.reduce(0.0) { sum, board in
      let values = board.input.energy.values
      return sum + values[65] - values[5]
    }
    let joules = total(whole, \.joules) { $0.tenant == .default && $0.kind != .computed }
    #expect(abs(joules - counted) < 1e-6 * counted)
    let seconds = total(whole, \.gpuSeconds) { $0.tenant == .default }
    #expect(abs(seconds - 120) < 1e-6)
    // What others see of their own is what the owner sees of them.
    let others = total(whole, \.joules) { $0.kind == .otherTenant }
    #expect(abs(others - total(whole, \.joules) { $0.tenant == Self.other }) < 1e-6 * counted)

    var parts = MinuteSums()
    let cut = Self.start + Int64.random(in: 1..<60, using: &random) * Self.second
    for range in [Self.start..<cut, cut..<Self.minute.upperBound] {
      parts.add(Self.use(boards, spans, in: range), on: .default, in: range)
    }
    let rows = Dictionary(uniqueKeysWithValues: parts.all.map { ($0.key, $0) })
    for row in whole.all {
      let part = rows[row.key] ?? EnergyRow(row.key)
      #expect(abs(row.joules - part.joules) < 1e-6 * counted, "\(row.key)")
      #expect(abs(row.gpuSeconds - part.gpuSeconds) < 1e-6, "\(row.key)")
      #expect(abs(row.spans - part.spans) < 1e-9, "\(row.key)")
      #expect(abs(row.outputTokens - part.outputTokens) < 1e-6, "\(row.key)")
    }
  }

  @Test func `a span counts once, in the minute in which it ends, with its tokens`() {
    var random = SeededGenerator(seed: 1)
    let boards = ["GPU-a", "GPU-b"].map { Self.board($0, &random) }
    let gpus = boards.map(\.uuid)
    let end = Self.minute.upperBound
    let spans = [
      Span(tenant: .default, number: 1, time: Self.start - Self.second..<Self.start + Self.second, gpus: gpus),
      Span(tenant: .default, number: 2, time: end - Self.second..<end, gpus: ["GPU-a"]),
      Span(tenant: .default, number: 4, time: Self.start - 1..<Self.start + Self.second, gpus: ["GPU-a"]),
      Span(tenant: .default, number: 3, time: end - Self.second..<end + 1, gpus: ["GPU-a"]),
      // One that is around others: its tokens are theirs.
      Span(tenant: .default, number: 7, time: Self.start + 1..<end - 1, gpus: ["GPU-b"]),
    ]
    var sums = MinuteSums()
    sums.add(Self.use(boards, spans, in: Self.minute), on: .default, in: Self.minute)
    #expect(total(sums, \.spans) { _ in true } == 4)
    #expect(total(sums, \.outputTokens) { _ in true } == 30)
    #expect(total(sums, \.inputTokens) { _ in true } == 300)
  }

  @Test func `a time without samples is unmeasured, not idle at 0 W`() {
    var random = SeededGenerator(seed: 2)
    var board = Self.board("GPU-a", &random)
    board.input.energy.times.removeSubrange(36..<66)
    board.input.energy.values.removeSubrange(36..<66)
    var sums = MinuteSums()
    sums.add(Self.use([board], [], in: Self.minute), on: .default, in: Self.minute)
    #expect(abs(total(sums, \.unmeasuredSeconds) { $0.kind == .idle } - 30) < 1e-6)
  }

  /// Samples of a minute from five seconds before it on, of which some are there; how much of it the GPU was there.
  @Test(arguments: [
    (0...70, 60.0), (25...70, 40), (0...35, 30), (25...35, 10), (0...5, 0), (66...70, 0), (71...71, 0),
  ])
  func `a GPU counts from its first sample to its last`(samples: ClosedRange<Int>, seconds: Double) {
    var random = SeededGenerator(seed: 4)
    var board = Self.board("GPU-a", &random)
    let kept = board.input.energy.times.indices.filter(samples.contains)
    board.input.energy.times = kept.map { board.input.energy.times[$0] }
    board.input.energy.values = kept.map { board.input.energy.values[$0] }
    var sums = MinuteSums()
    sums.add(Self.use([board], [], in: Self.minute), on: .default, in: Self.minute)
    #expect(abs(total(sums, \.gpuSeconds) { $0.kind == .idle } - seconds) < 1e-6)
    #expect(total(sums, \.unmeasuredSeconds) { $0.kind == .idle } == 0)
    #expect(sums.all.isEmpty == (seconds == 0))
  }

  @Test func `parts of a divided board are idle, not the board`() {
    var random = SeededGenerator(seed: 3)
    var board = Self.board("GPU-a", &random)
    let half = Self.start + 30 * Self.second
    board.input.resources = [
      ResourceInput(id: "GPU-a"), ResourceInput(id: "MIG-1", isPart: true, size: 1),
      ResourceInput(id: "MIG-2", isPart: true, size: 3, validity: [half..<Int64.max]),
    ]
    let attribution = BoardAttribution(board.input, in: Self.minute)
    let use = SharedUse(
      spans: KnownSpans(), tenants: [],
      attributed: AttributedSpans(
        boards: [AttributedBoard(samples: board, attribution: attribution)], uses: [], warnings: []))
    var sums = MinuteSums()
    sums.add(use, on: .default, in: Self.minute)
    let seconds = Dictionary(uniqueKeysWithValues: sums.all.map { ($0.key.resource, $0.gpuSeconds) })
    #expect(seconds == ["MIG-1": 37.5, "MIG-2": 22.5])
    #expect(abs(total(sums, \.joules) { _ in true } - attribution.joules) < 1e-6)
  }
}

/// A generator of the same numbers for the same seed (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
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
