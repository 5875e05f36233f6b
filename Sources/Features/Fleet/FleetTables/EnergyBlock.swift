package import Columns
package import Telemetry

/// Rows of the table `gpu_energy`: sums of a minute.
package final class EnergyBlock {
  package let tenant = FixedColumn<UInt32>()
  /// Seconds since 1970.
  package let minute = FixedColumn<UInt32>()
  package let kind = FixedColumn<UInt8>()
  package let revision = FixedColumn<UInt64>()
  package let pass = FixedColumn<UInt8>()
  package let gpu = DictionaryColumn()
  package let resource = DictionaryColumn()
  package let gpuModel = DictionaryColumn()
  package let node = DictionaryColumn()
  package let serviceName = DictionaryColumn()
  package let provider = DictionaryColumn()
  package let operation = DictionaryColumn()
  package let model = DictionaryColumn()
  package let otherTenant = FixedColumn<UInt32>()
  package let joules = FixedColumn<Double>()
  package let exactJoules = FixedColumn<Double>()
  package let estimatedJoules = FixedColumn<Double>()
  package let gpuSeconds = FixedColumn<Double>()
  package let unmeasuredSeconds = FixedColumn<Double>()
  package let spans = FixedColumn<Double>()
  package let inputTokens = FixedColumn<Double>()
  package let outputTokens = FixedColumn<Double>()

  package init() {}

  package var columns: ColumnBlock { Self.table.columns(of: self) }
}

extension EnergyBlock {
  package static let table = BlockTable<EnergyBlock>(
    "gpu_energy", dayColumn: "minute",
    [
      .init("tenant", "UInt32 CODEC(ZSTD(1))", \.tenant, meaning: "Whose row it is."),
      .init(
        "minute", "DateTime('UTC') CODEC(Delta(4), ZSTD(1))", \.minute, meaning: "The beginning of the minute."),
      .init("kind", "UInt8 CODEC(ZSTD(1))", \.kind, meaning: EnergyRowKind.meaning),
      .init(
        "revision", "UInt64 CODEC(ZSTD(1))", \.revision,
        meaning: "When the minute was computed, in nanoseconds since 1970. The rows with the greatest one count."),
      .init(
        "pass", "UInt8 CODEC(ZSTD(1))", \.pass,
        meaning: "How often the minute has been computed before, of the times at which that is due."),
      .init("gpu", names, \.gpu, meaning: "The UUID of the GPU."),
      .init(
        "resource", names, \.resource,
        meaning: "What of it spans name: the same UUID, or that of a part such as a MIG device."),
      .init("gpu_model", names, \.gpuModel, meaning: "The model of the GPU."),
      .init("node", names, \.node, meaning: "The machine of the GPU, `instance` of its series."),
      .init("service_name", names, \.serviceName, meaning: "The service of the spans; empty text in other rows."),
      .init("provider", names, \.provider, meaning: "As in `spans`."),
      .init("operation", names, \.operation, meaning: "As in `spans`."),
      .init("model", names, \.model, meaning: "The requested model of the spans, or else the one that responded."),
      .init(
        "other_tenant", "UInt32 CODEC(ZSTD(1))", \.otherTenant,
        meaning: "Whose spans a row of kind 3 sums up; 0 in other rows."),
      .init("joules", number, \.joules, meaning: "Energy in this minute."),
      .init(
        "exact_joules", number, \.exactJoules,
        meaning: "Those of them that were measured while one span alone was on the GPU."),
      .init(
        "estimated_joules", number, \.estimatedJoules,
        meaning: "Those of them that are computed from power, over gaps, or shared by the sizes of parts."),
      .init(
        "gpu_seconds", number, \.gpuSeconds, meaning: "Time of the GPU in this minute, shared among spans at once."),
      .init(
        "unmeasured_seconds", number, \.unmeasuredSeconds,
        meaning: "How much of the minute has no samples of energy, in rows of kind 2."),
      .init(
        "spans", number, \.spans,
        meaning: "Spans that end in this minute; of one on several GPUs each has an equal part."),
      .init("input_tokens", number, \.inputTokens, meaning: "Tokens that these spans read."),
      .init("output_tokens", number, \.outputTokens, meaning: "Tokens that these spans wrote."),
    ])

  private static let names = "LowCardinality(String) CODEC(ZSTD(1))"
  private static let number = "Float64 CODEC(ZSTD(1))"
}

/// What a row of `gpu_energy` sums up.
package enum EnergyRowKind: UInt8, Sendable, CaseIterable {
  /// Spans of the tenant.
  case spans = 1
  /// A GPU, or a part of it, while no span ran on it.
  case idle = 2
  /// Spans of another tenant on a GPU of this one.
  case otherTenant = 3
  /// Nothing: it says that the minute was computed. Of the first tenant.
  case computed = 4

  static let meaning =
    "1 spans of the tenant, 2 a GPU or a part of it while no span ran there, 3 spans of another tenant on a GPU that this one "
    + "reports, 4 a mark of the first tenant that the minute was computed."
}
