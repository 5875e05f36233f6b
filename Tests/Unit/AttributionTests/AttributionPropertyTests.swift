import Base
import Testing

@testable import Attribution

@Suite("Properties of attribution")
struct AttributionPropertyTests {
  static let seeds: ClosedRange<UInt64> = 1...150

  @Test func `spans and idle times take what the counter says`() {
    var countedCount = 0
    for seed in Self.seeds {
      let random = RandomBoard(seed: seed)
      let attribution = BoardAttribution(random.board, in: random.range)
      let sum = attribution.resources.reduce(attribution.unallocatedJoules) { sum, resource in
        sum + resource.idleJoules + resource.uses.reduce(0) { $0 + ($1.energy.value?.selfJoules ?? 0) }
      }
      #expect(isNear(sum, attribution.joules), "seed \(seed): \(sum) of \(attribution.joules)")
      guard random.board.power.isEmpty else { continue }
      let counted = counted(random.board.energy, random.range)
      #expect(isNear(attribution.joules, counted), "seed \(seed): \(attribution.joules) of \(counted)")
      countedCount += 1
    }
    #expect(countedCount > 50)
  }

  /// What a counter grows by, but for where it goes back.
  private func counted(_ energy: SampleColumn, _ range: Range<Int64>) -> Double {
    var sum = 0.0
    for index in energy.times.indices.dropFirst() {
      let (time, before) = (energy.times[index], energy.times[index - 1])
      let grown = energy.values[index] - energy.values[index - 1]
      guard grown >= 0, time - before <= 3 * second, before >= range.lowerBound, time <= range.upperBound else {
        continue
      }
      sum += grown
    }
    return sum
  }

  @Test func `spans and idle times take all of the time`() {
    for seed in Self.seeds {
      let random = RandomBoard(seed: seed)
      let attribution = BoardAttribution(random.board, in: random.range)
      for (resource, input) in zip(attribution.resources, random.board.resources) {
        let occupied = union(input.spans.map { ($0.start..<$0.end).clamped(to: random.range) })
        let sum = resource.uses.reduce(0) { $0 + $1.selfOccupiedNanoseconds }
        #expect(isNear(sum, Double(occupied)), "seed \(seed): \(sum) of \(occupied)")
        #expect(isNear(resource.occupiedNanoseconds, Double(occupied)), "seed \(seed)")
      }
    }
  }

  private func union(_ ranges: [Range<Int64>]) -> Int64 {
    var end = Int64.min
    var sum: Int64 = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > end {
      sum += range.upperBound - max(end, range.lowerBound)
      end = range.upperBound
    }
    return sum
  }

  @Test func `nothing is negative, and no coverage beyond one`() {
    for seed in Self.seeds {
      let random = RandomBoard(seed: seed)
      let attribution = BoardAttribution(random.board, in: random.range)
      for use in attribution.resources.flatMap(\.uses) {
        let values = [
          use.energy.value?.selfJoules, use.occupiedNanoseconds, use.busyNanoseconds.value, use.power.value?.mean,
          use.utilisation.value?.mean,
        ]
        #expect(values.allSatisfy { $0 ?? 0 >= 0 }, "seed \(seed): \(use)")
        #expect((0...1).contains(use.energy.coverage), "seed \(seed)")
        #expect((0...1).contains(use.utilisation.coverage), "seed \(seed)")
        if let energy = use.energy.value { #expect(energy.joules >= energy.selfJoules, "seed \(seed)") }
        if let utilisation = use.utilisation.value { #expect(utilisation.mean <= utilisation.max, "seed \(seed)") }
      }
    }
  }

  @Test func `the order of spans does not matter`() {
    for seed in Self.seeds {
      let random = RandomBoard(seed: seed)
      var shuffled = random.board
      var generator = SeededRandom(seed: seed)
      for index in shuffled.resources.indices { shuffled.resources[index].spans.shuffle(using: &generator) }
      let before = joules(random.board, random.range)
      let after = joules(shuffled, random.range)
      #expect(before.count == after.count)
      #expect(before.allSatisfy { isNear($0.value, after[$0.key] ?? .nan, of: 1_000) }, "seed \(seed)")
    }
  }

  @Test func `a span without a duration changes nothing`() {
    for seed in Self.seeds {
      let random = RandomBoard(seed: seed)
      var more = random.board
      for index in more.resources.indices {
        more.resources[index].spans.append(span(1_000_000 + UInt64(index), 30, 30, in: 1))
      }
      let before = joules(random.board, random.range)
      let after = joules(more, random.range)
      #expect(before.allSatisfy { $0.value == after[$0.key] }, "seed \(seed)")
    }
  }

  @Test func `a span in two halves takes as much`() {
    var splitCount = 0
    for seed in Self.seeds {
      let random = RandomBoard(seed: seed)
      var split = random.board
      for index in split.resources.indices {
        let spans = split.resources[index].spans
        let parents = Set(split.resources.flatMap(\.spans).map(\.parentID))
        guard let place = spans.firstIndex(where: { !parents.contains($0.spanID) }) else { continue }
        let whole = spans[place]
        let middle = (whole.start + whole.end) / 2
        let part = Double(middle - whole.start) / Double(max(1, whole.end - whole.start))
        split.resources[index].spans[place].end = middle
        split.resources[index].spans[place].tokens = whole.tokens.map { $0 * part }
        split.resources[index].spans.append(
          SpanInterval(
            traceID: whole.traceID, spanID: SpanID(whole.spanID.rawValue + 1_000_000), parentID: whole.parentID,
            start: middle, end: whole.end, tokens: whole.tokens.map { $0 * (1 - part) }))
        splitCount += 1
      }
      let before = joules(random.board, random.range)
      let after = joules(split, random.range)
      for (id, value) in before {
        let both = (after[id] ?? .nan) + (after[SpanID(id.rawValue + 1_000_000)] ?? 0)
        // Tokens per second are whole numbers of 2⁻²⁰.
        #expect(abs(value - both) <= 1e-6 * max(value, 1_000), "seed \(seed): \(value) and \(both)")
      }
    }
    #expect(splitCount > 50)
  }

  private func joules(_ board: BoardInput, _ range: Range<Int64>) -> [SpanID: Double] {
    let attribution = BoardAttribution(board, in: range)
    var joules: [SpanID: Double] = [:]
    for (resource, input) in zip(attribution.resources, board.resources) {
      for (use, span) in zip(resource.uses, input.spans) { joules[span.spanID] = use.energy.value?.selfJoules ?? 0 }
    }
    return joules
  }

  /// Equal within 10⁻⁹ of the greater one, or of a scale.
  private func isNear(_ left: Double, _ right: Double, of scale: Double = 0) -> Bool {
    abs(left - right) <= 1e-9 * max(abs(left), abs(right), scale)
  }
}
