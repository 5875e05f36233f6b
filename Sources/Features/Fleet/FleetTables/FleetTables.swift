package import Schema
import Telemetry

/// The tables of machines and GPUs.
package enum FleetTables {
  package static let all = [
    StoredTable(EnergyBlock.table.declaration, retention: StoredTable.Retention(.aggregates, by: "minute")),
    StoredTable(
      FleetEventBlock.table.declaration, retention: StoredTable.Retention(.fleetEvents, by: "toDateTime(time)")),
  ]

  package static let steps = [
    SchemaStep(number: 1, name: "fleet-0001-gpu-energy", file: PackageResources.fleet_0001_gpu_energy_sql),
    SchemaStep(number: 2, name: "fleet-0002-events", file: PackageResources.fleet_0002_events_sql),
  ]
}

extension RetentionPeriod {
  /// Events of machines and GPUs.
  ///
  /// Default 90 days.
  package static let fleetEvents = RetentionPeriod("fleet_events", default: .seconds(90 * 86_400))
}
