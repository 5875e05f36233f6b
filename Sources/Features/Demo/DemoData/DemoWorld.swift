/// What is sent of a time: requests to a server, as bytes; empty ones are not sent.
package struct DemoBatch: Sendable, Equatable {
  /// OTLP, protobuf.
  package var spans: [UInt8] = []
  /// OTLP, protobuf.
  package var logs: [UInt8] = []
  /// Remote write 1.0, not compressed.
  package var samples: [UInt8] = []
}

/// Services, models, machines and their users, in a time of its own.
///
/// The same seed and the same start give the same bytes.
package struct DemoWorld: Sendable {
  /// Calls of models a second, on average.
  private let rate: Double
  private let seed: UInt64
  private let incidents: IncidentPlan
  private let writer: OTLPWriter
  private var planner: RequestPlanner
  private var fleet: FleetState
  private var serverSeries: ServerSeries
  private var series = DemoSeries()
  /// Traces that have not ended.
  private var running: [DemoTrace] = []
  private var faults: [DemoFault] = []

  /// How far it is, in seconds since 1970.
  package private(set) var second: Int64

  /// Faults that a report tells; the server keeps them.
  private static let faultCountMax = 64

  /// - Parameter start: when the data begins, in seconds since 1970.
  package init(seed: UInt64, start: Int64, rate: Double) {
    self.seed = seed
    self.rate = rate
    second = start
    incidents = IncidentPlan(origin: start, seed: seed)
    var random = SeededRandom(seed)
    let machines = DemoMachines(&random)
    writer = OTLPWriter(DemoProcesses.all(machines))
    planner = RequestPlanner(
      machines: machines, incidents: incidents, random: SeededRandom(random.bits() ^ UInt64(bitPattern: start)))
    fleet = FleetState(machines, since: start, series: &series, random: SeededRandom(random.bits()))
    serverSeries = ServerSeries(in: &series)
  }

  /// Moves on and gives what happened: traces that ended, and samples of each second.
  package mutating func advance(bySeconds count: Int) -> DemoBatch {
    for _ in 0..<count { advance() }
    let now = second * 1_000_000_000
    let ended = running.filter { $0.end <= now }
    running.removeAll { $0.end <= now }
    var batch = DemoBatch()
    batch.spans = writer.spans(of: ended)
    batch.logs = writer.logs(ended.flatMap { trace in trace.logs.map { (trace, $0) } } + machineLogs(count))
    batch.samples = series.request()
    return batch
  }

  private mutating func advance() {
    running += planner.requests(inSecond: second, rate: rate)
    second += 1
    fleet.advance(to: second, loads: planner.loads, incidents: incidents, into: &series)
    if second % ServerSeries.interval == 0 { serverSeries.write(planner.loads, at: second, into: &series) }
    for number in planner.loads.indices { planner.loads[number].forget(before: (second - 2) * 1_000_000_000) }
    for incident in incidents.near(second) where incident.kind == .fault && incident.start == second {
      faults.append(DemoFault(board: incident.target, second: second))
      if faults.count > Self.faultCountMax { faults.removeFirst() }
    }
  }

  /// Logs of model servers that belong to no request.
  private func machineLogs(_ count: Int) -> [(trace: DemoTrace?, log: DemoLog)] {
    faults.filter { $0.second > second - Int64(count) }.flatMap { fault in
      ModelServer.on(board: fault.board).map { server in
        (
          nil,
          DemoLog(
            time: fault.second * 1_000_000_000, process: DemoProcesses.server(server), severity: .error,
            text: "CUDA error: an illegal memory access was encountered; the engine is started again",
            attributes: [("gpu.uuid", .string(fleet.machines.boards[fault.board].uuid))])
        )
      }
    }
  }

  /// What the machines say of themselves now, but for one that is silent.
  package func reports() -> [[UInt8]] {
    let writer = NodeReportWriter(fleet: fleet, second: second, faults: faults, run: "demo-\(seed)")
    return fleet.machines.nodes.indices.filter { incidents.on(.silence, target: $0, at: second) == nil }
      .map { writer.report(of: $0) }
  }
}
