package import Base
package import Engine
package import Identity
package import NodeReports

/// Where events of machines are kept.
package protocol FleetEventStore: Sendable {
  /// Keeps events; those that it has already are not there twice.
  ///
  /// Blocks until they are kept; throws where that is not possible now.
  func add(_ events: [FleetEvent], of tenant: TenantID) throws(RegistryError)

  /// The newest events that a filter finds.
  func newest(
    _ filter: FleetEventFilter, of tenant: TenantID, limit: Int, during activity: QueryActivity
  ) throws(QueryFailure) -> [FleetEvent]
}

/// Which events are asked for; nil is any.
package struct FleetEventFilter: Sendable {
  package var node: String?
  /// A UUID.
  package var gpu: String?
  /// Of the same GPU; events that name only this belong to it, and with ``node`` and no ``gpu`` those of the machine.
  package var busID: String?
  package var kind: String?
  package var from: UnixNanoseconds?
  package var until: UnixNanoseconds?
  /// Only those before the event with this time and id.
  package var before: (time: UnixNanoseconds, id: UInt64)?

  package init() {}
}
