import Testing

@testable import DemoData

/// Goal: a demo can be repeated, and what it says of a time does not depend on how it is sent.
///
/// Method: worlds are moved on side by side, and their bytes compared.
@Suite struct DemoWorldTests {
  private static let start: Int64 = 1_780_000_000

  private func batches(seed: UInt64, rate: Double = 2) -> [DemoBatch] {
    var world = DemoWorld(seed: seed, start: Self.start, rate: rate)
    return (0..<10).map { _ in world.advance(bySeconds: 60) }
  }

  @Test func `the same seed and the same start make the same bytes`() {
    #expect(batches(seed: 7) == batches(seed: 7))
    #expect(batches(seed: 7).allSatisfy { !$0.spans.isEmpty && !$0.logs.isEmpty && !$0.samples.isEmpty })
  }

  @Test func `another seed, start or rate makes others`() {
    #expect(batches(seed: 7) != batches(seed: 8))
    #expect(batches(seed: 7) != batches(seed: 7, rate: 3))
    var later = DemoWorld(seed: 7, start: Self.start + 1, rate: 2)
    #expect(batches(seed: 7).first != later.advance(bySeconds: 60))
  }

  @Test func `how a time is cut makes no difference to the machines`() {
    var whole = DemoWorld(seed: 3, start: Self.start, rate: 2)
    var cut = DemoWorld(seed: 3, start: Self.start, rate: 2)
    _ = whole.advance(bySeconds: 300)
    for _ in 0..<150 { _ = cut.advance(bySeconds: 2) }
    #expect(whole.second == cut.second)
    #expect(whole.reports() == cut.reports())
  }

  @Test func `a silent machine reports nothing, and then again`() throws {
    let incident = DemoIncident.numbered(5, since: Self.start, seed: 1)
    #expect(incident.kind == .silence)
    var world = DemoWorld(seed: 1, start: Self.start, rate: 0.1)
    _ = world.advance(bySeconds: Int(incident.start - Self.start) - 1)
    #expect(world.reports().count == 3)
    _ = world.advance(bySeconds: 2)
    #expect(world.reports().count == 2)
    _ = world.advance(bySeconds: Int(incident.end - incident.start))
    #expect(world.reports().count == 3)
  }

  @Test func `a fault of a GPU is in the reports from then on, once`() {
    let incident = DemoIncident.numbered(0, since: Self.start, seed: 1)
    #expect(incident.kind == .fault)
    var world = DemoWorld(seed: 1, start: Self.start, rate: 0.1)
    _ = world.advance(bySeconds: Int(incident.end - Self.start) + 60)
    let text = world.reports().map { String(decoding: $0, as: UTF8.self) }.joined()
    #expect(text.occurrences(of: #""kind":"xid""#) == 1)
  }

  @Test func `incidents of each kind come in turn and do not overlap`() {
    let all = (0..<18).map { DemoIncident.numbered($0, since: Self.start, seed: 5) }
    #expect(Set(all.map { "\($0.kind)" }).count == DemoIncident.Kind.allCases.count)
    for (one, next) in zip(all, all.dropFirst()) { #expect(one.end < next.start) }
    let plan = IncidentPlan(origin: Self.start, seed: 5)
    for incident in all {
      #expect(plan.on(incident.kind, target: incident.target, at: incident.start) == incident)
      #expect(plan.on(incident.kind, at: incident.start - 1) == nil)
      #expect(plan.on(incident.kind, at: incident.end) == nil)
    }
  }

  @Test(arguments: [0.05, 0.7, 4, 45.0])
  func `counts of what comes at random have their mean`(mean: Double) {
    var random = SeededRandom(11)
    let count = 20_000
    let sum = (0..<count).reduce(0) { sum, _ in sum + random.count(mean: mean) }
    #expect(abs(Double(sum) / Double(count) - mean) < 5 * (mean / Double(count)).squareRoot())
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func occurrences(of text: String) -> Int {
    var (count, rest) = (0, Array(utf8)[...])
    let wanted = Array(text.utf8)
    while rest.count >= wanted.count {
      if rest.starts(with: wanted) { count += 1 }
      rest = rest.dropFirst()
    }
    return count
  }
}
