package import Base
import Columns
import Commit
package import Configuration
package import Engine
import Feature
package import FleetAPI
import FleetTables
package import Identity
package import Ingest
package import Metrics
package import NodeReports
import SQLBuilder
import System

extension SQLTable {
  static let fleetEvents = SQLTable("fleet_events")
}

/// Keeps events of machines in the engine, on the way of all rows.
package final class FleetEventLog: FleetEventStore, Service {
  /// How long events may take until they are kept; the journal takes milliseconds.
  private static let waitMax = Duration.seconds(10)

  private let stream: EventStream
  private let engine: any AnalyticsEngine
  private let pipeline: IngestPipeline
  private let limits: QueryLimits

  package convenience init(
    _ pipeline: IngestPipeline, engine: any AnalyticsEngine, _ configuration: Configuration, queryLimits: QueryLimits,
    logger: Logger
  ) throws {
    try self.init(
      pipeline, engine: engine, CommitLimits(configuration), queryLimits: queryLimits, logger: logger)
  }

  init(
    _ pipeline: IngestPipeline, engine: any AnalyticsEngine, _ limits: CommitLimits, queryLimits: QueryLimits,
    logger: Logger
  ) throws {
    self.pipeline = pipeline
    self.engine = engine
    self.limits = queryLimits
    let commit = try pipeline.commit(FleetEventBlock.self, name: "events", limits: limits, logger: logger)
    stream = EventStream(commit, journal: pipeline.journal, latestCommit: { pipeline.latestCommit })
  }

  /// Takes part in the pipeline; call it before the journal is replayed.
  package func start() { pipeline.add(stream) }

  /// Commits what waits.
  package func stop() { stream.commit.stop() }

  /// Why events are not stored at present; nil when nothing is known to be wrong.
  package var problem: String? { stream.problem.map { "events: \($0)" } }

  package func register(in metrics: MetricRegistry) { stream.commit.register(in: metrics, signal: "fleet_events") }

  package func add(_ events: [FleetEvent], of tenant: TenantID) throws(RegistryError) {
    if events.isEmpty { return }
    let result = Monitor<RequestOutcome?>(nil)
    stream.submit(events, of: tenant) { outcome in
      result.withLock { $0 = outcome }
      result.notifyAll()
    }
    let deadline = Instant.now + Self.waitMax
    let outcome = result.wait { result, now, wakeAt -> RequestOutcome? in
      if let result { return result }
      wakeAt = deadline
      return now >= deadline
        ? .retry(.unavailable, "they were not kept within \(Self.waitMax)", after: .seconds(1)) : nil
    }
    switch outcome {
    case .accepted, .partial: return
    case .refused(_, let reason), .retry(_, let reason, _):
      throw RegistryError(kind: .unavailable, message: "events of machines cannot be kept at present: \(reason)")
    }
  }

  package func newest(
    _ filter: FleetEventFilter, of tenant: TenantID, limit: Int, during activity: QueryActivity
  ) throws(QueryFailure) -> [FleetEvent] {
    do {
      var limits = limits
      limits.timeout = min(limits.timeout, try activity.timeLeft())
      // What was acknowledged can be seen, or at least what the engine has.
      _ = pipeline.settle(SQLTable.fleetEvents.name, of: tenant, in: nil, within: limits.timeout)
      limits.timeout = min(limits.timeout, try activity.timeLeft())
      let rows = try engine.query(
        filter.select(limit: limit).statement(for: tenant, limits: limits, derivedUntil: nil), during: activity)
      return (0..<rows.rowCount).map { FleetEvent(rows, $0) }
    } catch {
      throw QueryFailure(error)
    }
  }
}

extension FleetEventFilter {
  fileprivate func select(limit: Int) -> Select {
    var conditions: [SQLFragment] = []
    if let node { conditions.append("node = \(node)") }
    if let gpu, let busID {
      // Of GPUs without a UUID, and of a driver that does not say which GPU it is.
      let isOfDriver: SQLFragment = "pci_bus_id = '' AND source != \(FleetEvent.serverSource)"
      conditions.append("gpu = \(gpu) OR gpu = '' AND (pci_bus_id = \(busID) OR \(isOfDriver))")
    } else if let gpu {
      conditions.append("gpu = \(gpu)")
    }
    if let kind { conditions.append("kind = \(kind)") }
    if let from { conditions.append("time >= fromUnixTimestamp64Nano(\(from.rawValue))") }
    if let until { conditions.append("time < fromUnixTimestamp64Nano(\(until.rawValue))") }
    if let before {
      let time = before.time.rawValue
      conditions.append("time <= fromUnixTimestamp64Nano(\(time))")
      conditions.append("time < fromUnixTimestamp64Nano(\(time)) OR event_id < \(before.id)")
    }
    var select = Select(
      [
        "reinterpretAsInt64(time) AS nanoseconds", "event_id", "node", "gpu", "kind", "source", "pci_bus_id", "xid",
        "xid_class", "message",
      ], from: .fleetEvents, where: conditions, orderBy: ["time DESC", "event_id DESC"], limit: limit)
    // Rows of one event that are not merged yet.
    select.limitBy = (1, ["time", "event_id"])
    return select
  }
}

extension FleetEvent {
  fileprivate init(_ rows: QueryResult, _ row: Int) {
    func text(_ name: String) -> String? { rows[name].string(row).flatMap { $0.isEmpty ? nil : $0 } }
    self.init()
    time = UnixNanoseconds(rows["nanoseconds"].int(row) ?? 0)
    node = text("node") ?? ""
    gpu = text("gpu")
    kind = text("kind") ?? ""
    source = text("source") ?? ""
    pciBusID = text("pci_bus_id")
    xid = rows["xid"].int(row).flatMap { $0 < 0 ? nil : $0 }
    xidClass = text("xid_class")
    message = text("message")
  }
}
