import Base
import JSON

/// A fault that a GPU had.
struct DemoFault: Sendable {
  let board: Int
  /// In seconds since 1970.
  let second: Int64
}

/// Writes what a machine says of itself, the body of `POST /api/v1/nodes/report`.
struct NodeReportWriter {
  let fleet: FleetState
  let second: Int64
  let faults: [DemoFault]
  /// What the program that reports chose at its start.
  let run: String

  /// The values of a board in a report.
  private static let fast: [BoardSeries.Fast] = [.utilisation, .memoryUsed, .temperature, .power, .smClock]
  private static let slow: [BoardSeries.Slow] = [
    .memoryUtilisation, .memoryTotal, .memoryTemperature, .powerLimit, .eccUncorrected, .rowRemapPending,
  ]
  private static let activities: [BoardSeries.Activity] = [.sm, .tensor, .memory]

  private var time: String { RFC3339.format(UnixNanoseconds(second * 1_000_000_000)) }

  func report(of node: Int) -> [UInt8] {
    let machine = fleet.machines.nodes[node]
    let boards = fleet.machines.boards.indices.filter { fleet.machines.boards[$0].node == node }
    var writer = JSONWriter(reservingCapacity: 16 << 10)
    writer.object { writer in
      writer.member("name", machine.name)
      writer.member("version", Version.current)
      writer.key("labels")
      writer.object { $0.member("rack", machine.rack) }
      writer.member("run", run)
      writer.member("clock_offset_seconds", 0.0)
      writer.key("drivers")
      writer.array { $0.object { $0.member("vendor", "nvidia") } }
      writer.key("gpus")
      writer.array { writer in
        for board in boards { writer.object { write(board, among: boards, to: &$0) } }
      }
      writer.key("events")
      writer.array { writer in
        for fault in faults where boards.contains(fault.board) { writer.object { write(fault, to: &$0) } }
      }
    }
    return writer.bytes
  }

  private func write(_ number: Int, among boards: [Int], to writer: inout JSONWriter) {
    let board = fleet.machines.boards[number]
    writer.member("uuid", board.uuid)
    writer.member("vendor", "nvidia")
    writer.member("index", board.index)
    writer.member("condition", "up")
    writer.member("pci_bus_id", board.pciBusID)
    writer.member("model", board.model.name)
    writer.member("architecture", board.model.architecture)
    writer.member("serial", board.serial)
    writer.member("driver_version", DemoMachines.driverVersion)
    writer.member("cuda_version", DemoMachines.cudaVersion)
    writer.member("compute_capability", board.model.computeCapability)
    writer.member("memory_bytes", Int(board.model.memoryBytes))
    writer.member("numa_node", board.index / 2)
    writer.member("divided", !board.parts.isEmpty)
    writer.key("resources")
    writer.array { writer in
      if board.parts.isEmpty { writer.object { resource(of: board, nil, to: &$0) } }
      for part in board.parts { writer.object { resource(of: board, part, to: &$0) } }
    }
    writeWorkloads(number, to: &writer)
    writer.key("peers")
    writer.array { writer in
      for peer in boards where peer != number {
        writer.object { writer in
          writer.member("index", fleet.machines.boards[peer].index)
          writer.member("distance", board.model.hasNVLink ? "NODE" : "PHB")
          writer.member("nvlink", board.model.hasNVLink)
        }
      }
    }
    writer.key("readings")
    writer.array { writeReadings(number, to: &$0) }
  }

  private func resource(of board: Board, _ part: BoardPart?, to writer: inout JSONWriter) {
    writer.member("uuid", part?.uuid ?? board.uuid)
    if let part {
      writer.member("profile", part.profile)
      writer.member("gpu_instance", part.gpuInstance)
      writer.member("compute_instance", 0)
      writer.member("multiprocessor_count", part.multiprocessorCount)
    }
    writer.member("generation", 1)
  }

  /// Processes of model servers, and the pods that they are in.
  private func writeWorkloads(_ number: Int, to writer: inout JSONWriter) {
    let board = fleet.machines.boards[number]
    let servers = ModelServer.on(board: number)
    func part(of server: Int) -> Int? {
      ModelServer.all[server].devices.first { $0.board == number }.flatMap(\.part)
    }
    func members(_ server: Int, _ writer: inout JSONWriter) {
      if let part = part(of: server) {
        writer.member("gpu_instance", board.parts[part].gpuInstance)
        writer.member("compute_instance", 0)
      }
      writer.key("workload")
      writer.object { writer in
        writer.member("namespace", "assistant")
        writer.member("pod", "\(ModelServer.all[server].service)-\(server)")
        writer.member("container", ModelServer.all[server].engine)
      }
    }
    writer.key("processes")
    writer.array { writer in
      for server in servers {
        writer.object { writer in
          writer.member("pid", 4_100 + server * 37)
          writer.member("name", ModelServer.all[server].engine == "tei" ? "text-embeddings-router" : "python3")
          writer.member("memory_bytes", Int(fleet.memoryUsed(number, part: part(of: server))))
          members(server, &writer)
        }
      }
    }
    writer.key("workloads")
    writer.array { writer in
      for server in servers { writer.object { members(server, &$0) } }
    }
  }

  private func writeReadings(_ number: Int, to writer: inout JSONWriter) {
    let board = fleet.machines.boards[number]
    let isDivided = !board.parts.isEmpty
    func reading(_ metric: String, _ value: Double?, instance: Int? = nil, _ writer: inout JSONWriter) {
      writer.object { writer in
        writer.member("metric", "axonize_gpu_\(metric)")
        if let instance { writer.member("gpu_instance", instance) }
        guard let value else { return writer.member("unavailable", "mig_mode") }
        writer.member("value", value)
        writer.member("source", "nvml")
        writer.member("time", time)
      }
    }
    for metric in Self.fast {
      let isMissing = isDivided && metric == .utilisation
      reading(metric.rawValue, isMissing ? nil : fleet.value(metric, of: number), &writer)
    }
    for metric in Self.slow { reading(metric.rawValue, fleet.value(metric, of: number), &writer) }
    for metric in Self.activities where !isDivided {
      reading(metric.rawValue, BoardState.activity(metric, fleet.boards[number].use), &writer)
    }
    for (index, part) in board.parts.enumerated() {
      let use = fleet.boards[number].partUses[index]
      reading("memory_used_bytes", fleet.memoryUsed(number, part: index), instance: part.gpuInstance, &writer)
      reading("memory_total_bytes", part.memoryBytes.rounded(), instance: part.gpuInstance, &writer)
      for metric in Self.activities {
        reading(metric.rawValue, BoardState.activity(metric, use), instance: part.gpuInstance, &writer)
      }
    }
  }

  private func write(_ fault: DemoFault, to writer: inout JSONWriter) {
    writer.member("time", RFC3339.format(UnixNanoseconds(fault.second * 1_000_000_000)))
    writer.member("kind", "xid")
    writer.member("source", "driver")
    writer.member("pci_bus_id", fleet.machines.boards[fault.board].pciBusID)
    writer.member("xid", GPUFault.code)
    writer.member("xid_class", GPUFault.kind)
    writer.member("message", GPUFault.message)
  }
}
