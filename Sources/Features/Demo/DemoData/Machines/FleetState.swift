/// All machines with their GPUs, and the series of both.
struct FleetState: Sendable {
  let machines: DemoMachines
  private(set) var boards: [BoardState]
  private let boardSeries: [BoardSeries]
  private var hosts: [HostState]
  private var random: SeededRandom

  init(_ machines: DemoMachines, since second: Int64, series: inout DemoSeries, random: SeededRandom) {
    self.machines = machines
    var random = random
    boards = machines.boards.map { BoardState($0, random: &random) }
    boardSeries = machines.boards.map { BoardSeries($0, of: machines.nodes[$0.node], in: &series) }
    hosts = machines.nodes.map { HostState($0, since: second, in: &series, random: &random) }
    self.random = random
  }

  /// Moves on by a second, which ends at a time, and writes samples of it.
  mutating func advance(
    to second: Int64, loads: [ServerLoad], incidents: IncidentPlan, into series: inout DemoSeries
  ) {
    for number in boards.indices {
      let board = machines.boards[number]
      boards[number].advance(
        whole: Self.use(of: Device(board: number), loads, second),
        parts: board.parts.indices.map { Self.use(of: Device(board: number, part: $0), loads, second) },
        isHot: incidents.on(.heat, target: number, at: second) != nil,
        isCapped: incidents.on(.powerCap, target: number, at: second) != nil, random: &random)
      for incident in incidents.near(second)
      where incident.kind == .fault && incident.target == number && incident.start == second {
        boards[number].faultCount += 1
      }
      guard incidents.on(.silence, target: board.node, at: second) == nil else { continue }
      writeFast(number, at: second, into: &series)
      if second % 5 == 0 { writeSlow(number, at: second, into: &series) }
    }
    guard second % HostState.interval == 0 else { return }
    for node in hosts.indices {
      let own = boards.indices.filter { machines.boards[$0].node == node }
      let work = own.reduce(0) { $0 + boards[$1].use.busy } / Double(max(1, own.count))
      hosts[node].advance(
        to: second, work: work, isSilent: incidents.on(.silence, target: node, at: second) != nil, into: &series,
        random: &random)
    }
  }

  /// What runs on a device in the second before a time.
  private static func use(of device: Device, _ loads: [ServerLoad], _ second: Int64) -> BoardState.Use {
    var use = BoardState.Use()
    for (number, server) in ModelServer.all.enumerated() where server.devices.contains(device) {
      let own = loads[number].use(from: (second - 1) * 1_000_000_000, to: second * 1_000_000_000)
      use.busy = max(use.busy, own.busy)
      use.concurrency += own.concurrency
    }
    return use
  }

  // MARK: Samples

  /// The newest value of a metric.
  func value(_ metric: BoardSeries.Fast, of number: Int) -> Double {
    let state = boards[number]
    switch metric {
    case .utilisation: return state.use.busy
    case .power: return state.watts
    case .energy: return state.joules
    case .memoryUsed: return memoryUsed(number)
    case .temperature: return state.celsius.rounded()
    case .smClock: return state.clockHertz
    case .clockEventReasons: return Double(state.clockReasons)
    }
  }

  func value(_ metric: BoardSeries.Slow, of number: Int) -> Double {
    let (state, model) = (boards[number], machines.boards[number].model)
    switch metric {
    case .memoryTotal: return model.memoryBytes
    case .memoryFree: return model.memoryBytes - memoryUsed(number)
    case .memoryUtilisation: return BoardState.activity(.memory, state.use) * 0.9
    case .memoryTemperature: return (state.celsius + 7).rounded()
    case .powerLimit: return state.clockReasons & 0x4 != 0 ? model.limitWatts * 0.6 : model.limitWatts
    case .smClockMax: return model.smClockMaxHertz
    case .performanceState: return state.use.busy > 0 ? 0 : 8
    case .eccUncorrected, .rowRemapPending: return 0
    case .processCount: return Double(ModelServer.on(board: number).count)
    case .pcieReceived: return 40e3 + 90e6 * state.use.intensity
    case .pcieTransmitted: return 30e3 + 40e6 * state.use.intensity
    case .linkReceived, .linkTransmitted: return number < 2 ? 21e9 * state.use.intensity : 0
    }
  }

  func memoryUsed(_ number: Int, part: Int? = nil) -> Double {
    let board = machines.boards[number]
    if part == nil, !board.parts.isEmpty {
      return board.parts.indices.reduce(0) { $0 + memoryUsed(number, part: $1) }
    }
    let device = Device(board: number, part: part)
    return boards[number].memoryBytes(servers: ModelServer.all.filter { $0.devices.contains(device) }, part: part)
  }

  private func writeFast(_ number: Int, at second: Int64, into series: inout DemoSeries) {
    let (state, handles) = (boards[number], boardSeries[number])
    for metric in BoardSeries.Fast.allCases {
      if let handle = handles.fast[metric] { series.append(value(metric, of: number), to: handle, at: second) }
    }
    for metric in BoardSeries.Activity.allCases {
      if let handle = handles.activities[metric] {
        series.append(BoardState.activity(metric, state.use), to: handle, at: second)
      }
    }
    for (part, partHandles) in handles.parts.enumerated() {
      for metric in BoardSeries.Activity.allCases {
        guard let handle = partHandles.activities[metric] else { continue }
        series.append(BoardState.activity(metric, state.partUses[part]), to: handle, at: second)
      }
      series.append(memoryUsed(number, part: part), to: partHandles.memoryUsed, at: second)
      series.append(1, to: partHandles.resourceInfo, at: second)
    }
  }

  private func writeSlow(_ number: Int, at second: Int64, into series: inout DemoSeries) {
    let (state, handles) = (boards[number], boardSeries[number])
    for metric in BoardSeries.Slow.allCases {
      if let handle = handles.slow[metric] { series.append(value(metric, of: number), to: handle, at: second) }
    }
    for (reason, handle) in zip(BoardSeries.reasons, handles.reasons) {
      series.append(state.clockReasons & reason.bit == 0 ? 0 : 1, to: handle, at: second)
    }
    for handle in [handles.up, handles.info, handles.resourceInfo, handles.unavailable].compactMap(\.self) {
      series.append(1, to: handle, at: second)
    }
    for handle in [handles.faultEvents, handles.faults] {
      series.append(Double(state.faultCount), to: handle, at: second)
    }
  }
}
