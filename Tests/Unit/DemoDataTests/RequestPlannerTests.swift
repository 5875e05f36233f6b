import Testing

@testable import DemoData

/// Goal: what the demo sends is possible: spans lie within their parents, and GPUs work exactly while spans run on them.
///
/// Method: half an hour is planned, and each relation is computed a second time from the spans alone.
@Suite struct RequestPlannerTests {
  private static let start: Int64 = 1_780_000_000
  private static let length: Int64 = 1_800

  private static func planner(seed: UInt64) -> RequestPlanner {
    var random = SeededRandom(seed)
    return RequestPlanner(
      machines: DemoMachines(&random), incidents: IncidentPlan(origin: start, seed: seed), random: random)
  }

  private static func traces(seed: UInt64, rate: Double = 3) -> [DemoTrace] {
    var planner = planner(seed: seed)
    return (0..<length).flatMap { planner.requests(inSecond: start + $0, rate: rate) }
  }

  @Test(arguments: [1, 2, 99] as [UInt64])
  func `spans lie within their parents, and ids are unique`(seed: UInt64) throws {
    var ids: Set<UInt64> = []
    let traces = Self.traces(seed: seed)
    #expect(traces.count > 1_000)
    for trace in traces {
      let byID = Dictionary(uniqueKeysWithValues: trace.spans.map { ($0.id, $0) })
      #expect(trace.spans.count { $0.parent == 0 } == 1)
      for span in trace.spans {
        #expect(span.id != 0)
        #expect(ids.insert(span.id).inserted)
        #expect(span.start <= span.end)
        for event in span.events { #expect((span.start...span.end).contains(event.time)) }
        guard span.parent != 0 else { continue }
        let parent = try #require(byID[span.parent])
        #expect(span.start >= parent.start, "\(span.name) begins before \(parent.name)")
        #expect(span.end <= parent.end, "\(span.name) ends after \(parent.name)")
      }
      for log in trace.logs { #expect(byID[log.span]?.process == log.process) }
    }
  }

  @Test func `queue, prefill and decoding follow each other, and tokens come in their order`() throws {
    var count = 0
    for trace in Self.traces(seed: 4, rate: 8) {
      for run in trace.spans where run.name == "llm_request" {
        let parts = trace.spans.filter { $0.parent == run.id }
        #expect(parts.map(\.name) == ["prefill", "decode"])
        #expect(parts.map(\.start) == [run.start, parts[0].end])
        #expect(parts[1].end == run.end)
        let queue = trace.spans.first { $0.parent == run.parent && $0.name == "queue" }
        if let queue {
          #expect(queue.end == run.start)
          count += 1
        }
        let client = try #require(trace.spans.first { $0.events.count > 1 && $0.end > run.end && $0.start < run.start })
        #expect(client.events.map(\.time) == client.events.map(\.time).sorted())
      }
    }
    #expect(count > 0, "nothing ever waited")
  }

  @Test func `a GPU is busy for as long as spans run on it, and its energy is the sum of its power`() {
    var planner = Self.planner(seed: 6)
    var series = DemoSeries()
    var fleet = FleetState(planner.machines, since: Self.start, series: &series, random: SeededRandom(6))
    var spans: [(device: String, start: Int64, end: Int64)] = []
    for second in Self.start..<Self.start + Self.length {
      let traces = planner.requests(inSecond: second, rate: 3)
      for span in traces.flatMap(\.spans) {
        for case (let key, .string(let uuid)) in span.attributes
        where key == "gpu.uuid" || key.hasSuffix("resource_uuid") { spans.append((uuid, span.start, span.end)) }
      }
      let before = fleet.boards
      fleet.advance(to: second + 1, loads: planner.loads, incidents: planner.incidents, into: &series)
      spans.removeAll { $0.end < second * 1_000_000_000 }
      for (number, board) in fleet.machines.boards.enumerated() {
        let state = fleet.boards[number]
        #expect(abs(state.joules - before[number].joules - state.watts) < 1e-6)
        #expect((0...board.model.limitWatts).contains(state.watts))
        if board.parts.isEmpty {
          #expect(abs(Self.busy(spans, board.uuid, second) - state.use.busy) < 1e-9)
        }
        for (part, use) in zip(board.parts, state.partUses) {
          #expect(abs(Self.busy(spans, part.uuid, second) - use.busy) < 1e-9)
        }
      }
      for number in planner.loads.indices { planner.loads[number].forget(before: (second - 1) * 1_000_000_000) }
    }
  }

  /// The part of a second in which spans run on a device, in steps of a microsecond of their limits.
  private static func busy(
    _ spans: [(device: String, start: Int64, end: Int64)], _ device: String, _ second: Int64
  ) -> Double {
    let (from, until) = (second * 1_000_000_000, (second + 1) * 1_000_000_000)
    let own = spans.filter { $0.device == device && $0.start < until && $0.end > from }
    let limits = Set(own.flatMap { [max($0.start, from), min($0.end, until)] }).sorted()
    let covered = zip(limits, limits.dropFirst()).reduce(Int64(0)) { sum, piece in
      own.contains { $0.start <= piece.0 && $0.end >= piece.1 } ? sum + piece.1 - piece.0 : sum
    }
    return Double(covered) / 1e9
  }

  @Test func `a hot GPU has a lower clock, says why, and its requests take longer`() {
    let incident = DemoIncident.numbered(1, since: Self.start, seed: 6)
    #expect(incident.kind == .heat)
    let server = ModelServer.on(board: incident.target)[0]
    func secondsPerToken(_ isIn: (Int64) -> Bool) -> Double {
      let all = Self.traces(seed: 6).flatMap(\.spans).filter {
        $0.name == "llm_request" && $0.process == DemoProcesses.server(server) && isIn($0.start / 1_000_000_000)
      }
      .compactMap { span -> Double? in
        guard case .double(let value)? = span.attributes.first(where: { $0.key.hasSuffix("per_output_token") })?.value
        else { return nil }
        return value
      }
      return all.reduce(0, +) / Double(max(1, all.count))
    }
    #expect(secondsPerToken(incident.isOn) > 1.4 * secondsPerToken { !incident.isOn($0) })

    var planner = Self.planner(seed: 6)
    var series = DemoSeries()
    var fleet = FleetState(planner.machines, since: Self.start, series: &series, random: SeededRandom(6))
    let normal = fleet.machines.boards[incident.target].model.smClockMaxHertz
    for second in [incident.start - 1, incident.start + 60] {
      _ = planner.requests(inSecond: second, rate: 3)
      fleet.advance(to: second, loads: planner.loads, incidents: planner.incidents, into: &series)
      let isHot = second >= incident.start
      #expect((fleet.value(BoardSeries.Fast.smClock, of: incident.target) < 0.7 * normal) == isHot)
      #expect((fleet.boards[incident.target].clockReasons & 0x40 != 0) == isHot)
    }
  }
}
