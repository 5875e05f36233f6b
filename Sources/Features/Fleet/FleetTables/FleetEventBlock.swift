package import Columns
package import Telemetry

/// Rows of the table `fleet_events`: what happened to machines and their GPUs.
package final class FleetEventBlock: ArrivingRows {
  package typealias References = NoReferences

  package let tenant = FixedColumn<UInt32>()
  package let time = FixedColumn<Int64>(kind: .timestampNanoseconds)
  package let eventID = FixedColumn<UInt64>()
  package let node = DictionaryColumn()
  package let gpu = DictionaryColumn()
  package let kind = DictionaryColumn()
  package let source = DictionaryColumn()
  package let pciBusID = DictionaryColumn()
  package let xid = FixedColumn<Int64>()
  package let xidClass = DictionaryColumn()
  package let message = StringColumn()
  package let batchID = FixedColumn<UInt64>()

  package let listed = SetOnce<ColumnBlock>()

  package init() { listed.set(Self.table.columns(of: self)) }
}

extension FleetEventBlock {
  package static let table = BlockTable<FleetEventBlock>(
    "fleet_events", dayColumn: "time",
    [
      .init("tenant", "UInt32 CODEC(ZSTD(1))", \.tenant, meaning: "Whose machine it is."),
      .init(
        "time", "DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))", \.time,
        meaning: "When it happened, by the clock of the machine, or of the server for what the server has seen."),
      .init(
        "event_id", "UInt64 CODEC(ZSTD(1))", \.eventID,
        meaning: "Hash of machine, time, kind, GPU and source; rows of one id are one event."),
      .init("node", "LowCardinality(String) CODEC(ZSTD(1))", \.node, meaning: "The name of the machine."),
      .init(
        "gpu", "LowCardinality(String) CODEC(ZSTD(1))", \.gpu,
        meaning: "The UUID of the GPU; empty for events of the machine."),
      .init("kind", "LowCardinality(String) CODEC(ZSTD(1))", \.kind, meaning: "What happened, such as `xid`."),
      .init(
        "source", "LowCardinality(String) CODEC(ZSTD(1))", \.source,
        meaning: "Who has seen it: `driver`, `kernel_log`, `readings` or `server`."),
      .init(
        "pci_bus_id", "LowCardinality(String) CODEC(ZSTD(1))", \.pciBusID,
        meaning: "The GPU's place on the bus; empty where none is known."),
      .init("xid", "Int64 CODEC(ZSTD(1))", \.xid, meaning: "The code of an XID; -1 for anything else."),
      .init(
        "xid_class", "LowCardinality(String) CODEC(ZSTD(1))", \.xidClass,
        meaning: "`application`, `hardware`, `driver` or `unknown`, of an XID."),
      .init("message", "String CODEC(ZSTD(1))", \.message, meaning: "What the driver, the kernel or the server says."),
      .init("batch_id", "UInt64 CODEC(ZSTD(1))", \.batchID, meaning: SharedMeaning.batchID(of: "event")),
      .init(
        "received_at", "DateTime64(9, 'UTC') CODEC(ZSTD(1))", filler: .commitNanoseconds,
        meaning: SharedMeaning.receivedAt),
    ])
}
