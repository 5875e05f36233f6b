import Attribution
package import AttributionReading
package import Base
import Feature
package import FleetTables

/// The sums of a minute, which may be computed in several parts.
package struct MinuteSums: Sendable {
  private var rows: [EnergyRow.Key: EnergyRow] = [:]

  package init() {}

  /// In no order.
  package var all: [EnergyRow] { Array(rows.values) }

  /// Adds what spans of several tenants did to the boards of one of them in a part of the minute.
  ///
  /// - Parameters:
  ///   - owner: Who reports the boards.
  ///   - range: In nanoseconds since 1970.
  package mutating func add(_ use: SharedUse, on owner: TenantID, in range: Range<Int64>) {
    let places = Places(use.attributed.boards)
    addSpans(use, on: owner, in: range, places)
    for (index, board) in use.attributed.boards.enumerated() { addIdle(board, places.boards[index], owner, range) }
  }

  /// What is the same for all spans on a board.
  private struct Places {
    var boards: [EnergyRow.Key] = []

    init(_ boards: [AttributedBoard]) {
      self.boards = boards.map { board in
        var key = EnergyRow.Key(.idle, of: .default)
        (key.gpu, key.gpuModel, key.node) = (board.samples.uuid, board.samples.model, board.samples.node)
        return key
      }
    }
  }

  private mutating func addSpans(_ use: SharedUse, on owner: TenantID, in range: Range<Int64>, _ places: Places) {
    let spans = use.spans
    // Of how many GPUs each span has a part of its count and tokens.
    var gpuCounts = [Int](repeating: 0, count: spans.count)
    for use in use.attributed.uses where use.board != nil { gpuCounts[use.span] += 1 }
    for part in use.attributed.uses {
      guard let board = part.board else { continue }
      let span = part.span
      let tenant = use.tenants[span]
      var key = places.boards[board]
      (key.tenant, key.kind, key.resource) = (tenant, .spans, part.gpuID)
      (key.service, key.provider) = (spans.services[span], spans.providers[span])
      (key.operation, key.model) = (spans.operations[span], spans.models[span])
      var row = EnergyRow(key)
      let energy = part.use.energy
      row.joules = energy.value?.selfJoules ?? 0
      if energy.provenance == .exact { row.exactJoules = row.joules }
      if energy.provenance == .estimated { row.estimatedJoules = row.joules }
      // A board that is divided is not what a span ran on; its parts have the time.
      if energy.reason != .divided { row.gpuSeconds = part.use.selfOccupiedNanoseconds * part.use.boardShare / 1e9 }
      if range.contains(spans.ends[span] - 1) {
        let share = 1 / Double(gpuCounts[span])
        row.spans = share
        if spans.counts[span] {
          row.inputTokens = Double(spans.inputTokens[span] ?? 0) * share
          row.outputTokens = Double(spans.outputTokens[span] ?? 0) * share
        }
      }
      add(row)
      guard tenant != owner else { continue }
      // The owner of the GPU sees whose it was, and nothing else.
      var others = row
      others.key = places.boards[board]
      (others.key.tenant, others.key.kind, others.key.resource) = (owner, .otherTenant, part.gpuID)
      others.key.otherTenant = tenant
      add(others)
    }
  }

  private mutating func addIdle(
    _ board: AttributedBoard, _ place: EnergyRow.Key, _ owner: TenantID, _ range: Range<Int64>
  ) {
    let isDivided = board.samples.input.resources.contains(where: \.isPart)
    let reported = board.samples.input.reportedTime
    func row(_ resource: String) -> EnergyRow {
      var key = place
      (key.tenant, key.resource) = (owner, resource)
      return EnergyRow(key)
    }
    for (resource, attribution) in zip(board.samples.input.resources, board.attribution.resources) {
      // Of a divided board the parts are idle, not the whole.
      if isDivided, !resource.isPart, attribution.coveredNanoseconds == 0 { continue }
      let present = resource.validity.reduce(Int64(0)) { sum, time in
        let part = time.clamped(to: range).clamped(to: reported)
        return sum + part.upperBound - part.lowerBound
      }
      guard present > 0 else { continue }
      var row = row(attribution.id)
      row.joules = attribution.idleJoules
      // A part takes of the GPU's hours what it is of the board.
      row.gpuSeconds =
        max(0, Double(present) - attribution.occupiedNanoseconds) * board.samples.input.share(of: resource, in: range)
        / 1e9
      row.unmeasuredSeconds = Double(max(0, present - attribution.coveredNanoseconds)) / 1e9
      add(row)
    }
    guard board.attribution.unallocatedJoules > 0 else { return }
    var unallocated = row(board.samples.uuid)
    unallocated.joules = board.attribution.unallocatedJoules
    add(unallocated)
  }

  private mutating func add(_ row: EnergyRow) {
    guard rows[row.key] != nil else { return rows[row.key] = row }
    rows[row.key]?.add(row)
  }
}

extension BoardInput {
  /// From the first sample to the last one.
  ///
  /// The series of a board are found for hours before and after it was there: that is not idle, and costs nothing.
  fileprivate var reportedTime: Range<Int64> {
    let columns =
      [energy, power] + resources.flatMap { [$0.utilisation, $0.memory, $0.smClock, $0.clockEventReasons] }
    guard let first = columns.compactMap(\.times.first).min(), let last = columns.compactMap(\.times.last).max() else {
      return 0..<0
    }
    return first..<last
  }
}

extension EnergyRow {
  fileprivate mutating func add(_ other: EnergyRow) {
    joules += other.joules
    exactJoules += other.exactJoules
    estimatedJoules += other.estimatedJoules
    gpuSeconds += other.gpuSeconds
    unmeasuredSeconds += other.unmeasuredSeconds
    spans += other.spans
    inputTokens += other.inputTokens
    outputTokens += other.outputTokens
  }
}
