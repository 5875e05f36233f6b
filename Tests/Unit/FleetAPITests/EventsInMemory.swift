import Base
import Engine
import Identity
import NodeReports
import Synchronization

@testable import FleetAPI

/// Keeps events for tests.
final class EventsInMemory: FleetEventStore {
  private let events = Mutex<[TenantID: [UInt64: FleetEvent]]>([:])
  let isFull = Mutex(false)

  func add(_ events: [FleetEvent], of tenant: TenantID) throws(RegistryError) {
    if events.isEmpty { return }
    guard !isFull.withLock({ $0 }) else { throw RegistryError(kind: .unavailable, message: "the disk is full") }
    self.events.withLock { all in
      for event in events { all[tenant, default: [:]][event.id] = event }
    }
  }

  func newest(
    _ filter: FleetEventFilter, of tenant: TenantID, limit: Int, during activity: QueryActivity
  ) throws(QueryFailure) -> [FleetEvent] {
    let found = kept(of: tenant).reversed().filter { event in
      filter.node.map { $0 == event.node } ?? true && filter.kind.map { $0 == event.kind } ?? true
        && filter.gpu.map { gpu in event.gpu == gpu || event.gpu == nil && event.pciBusID == filter.busID } ?? true
        && filter.before.map { (event.time, event.id) < $0 } ?? true
    }
    return Array(found.prefix(limit))
  }

  /// The earliest first.
  func kept(of tenant: TenantID) -> [FleetEvent] {
    (events.withLock { $0[tenant] } ?? [:]).values.sorted { ($0.time, $0.kind) < ($1.time, $1.kind) }
  }
}
