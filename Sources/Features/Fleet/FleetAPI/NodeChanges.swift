import Base
import NodeReports

/// What a report says that the one before of the same node did not.
enum NodeChanges {
  /// - Parameters:
  ///   - before: the node as it was known; nil for one that reports for the first time.
  ///   - isShared: whether several programs report with its name.
  static func events(
    of report: NodeReport, after before: Node?, at time: UnixNanoseconds, isShared: Bool
  ) -> [FleetEvent] {
    let known = Set((before?.report.events ?? []).map(\.identity))
    var events = report.events.filter { !known.contains($0.identity) }.map { FleetEvent($0, of: report) }
    func add(_ kind: FleetEventKind, _ message: String? = nil) {
      events.append(FleetEvent(kind, of: report.name, at: time, message))
    }
    guard let before else { return events }
    let silence = time.rawValue - before.lastSeenAt.rawValue
    if silence > NodeState.silentAfter { add(.nodeUp, "nothing was heard of it for \(silence / 1_000_000_000) s") }
    if isShared {
      if !before.isShared { add(.nodeShared, NodeProblem.sharedName(report.name)) }
      // Which of the programs says what cannot be told apart.
      return events
    }
    if let run = report.run, let old = before.report.run, run != old { add(.nodeRestarted) }
    if report.version != before.report.version {
      add(.nodeVersion, "from \(before.report.version) to \(report.version)")
    }
    // By its start and reason: the end is computed anew in each report.
    if let burst = report.burst, let until = burst.until,
      (burst.startedAt, burst.reason) != (before.report.burst?.startedAt, before.report.burst?.reason)
    {
      add(.burst, "until \(RFC3339.format(until)): \(report.burst?.reason ?? "")")
    }
    return events + conditions(of: report, after: before.report, at: time)
  }

  /// GPUs that another node reports too, and was not known to.
  static func sharedGPUs(
    _ shared: [String: String], of report: NodeReport, after before: Node?, at time: UnixNanoseconds
  ) -> [FleetEvent] {
    shared.filter { before?.sharedGPUs[$0.key] == nil }.sorted { $0.key < $1.key }.map { uuid, other in
      var event = FleetEvent(.gpuShared, of: report.name, at: time, NodeProblem.sharedGPU(uuid, with: other))
      event.gpu = uuid
      return event
    }
  }

  /// GPUs that answer otherwise than before.
  private static func conditions(
    of report: NodeReport, after before: NodeReport, at time: UnixNanoseconds
  ) -> [FleetEvent] {
    var old: [String: GPUCondition] = [:]
    for gpu in before.gpus { if let uuid = gpu.uuid { old[uuid] = gpu.condition } }
    return report.gpus.compactMap { gpu in
      guard let uuid = gpu.uuid, let before = old[uuid], before != gpu.condition else { return nil }
      let kind: FleetEventKind? =
        switch gpu.condition {
        case .up: .gpuUp
        case .lost: .gpuLost
        case .wedged: .gpuWedged
        case .gone: .gpuGone
        case .unknown: nil
        }
      return kind.map { kind in
        var event = FleetEvent(kind, of: report.name, at: time, gpu.problem)
        (event.gpu, event.pciBusID) = (uuid, gpu.pciBusID)
        return event
      }
    }
  }

  /// That nothing was heard of a node for a while: the events up to a time, the earliest first.
  ///
  /// Their times follow from when it was heard of last, so that they are the same events whenever they are found.
  static func silence(of node: Node, until now: UnixNanoseconds) -> [FleetEvent] {
    [(FleetEventKind.nodeSilent, NodeState.silentAfter), (.nodeOffline, NodeState.offlineAfter)]
      .compactMap { kind, duration in
        let time = UnixNanoseconds(node.lastSeenAt.rawValue + duration)
        guard time <= now else { return nil }
        return FleetEvent(
          kind, of: node.report.name, at: time, "it was heard of last at \(RFC3339.format(node.lastSeenAt))")
      }
  }
}
