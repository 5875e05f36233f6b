import Base
import Columns
import MetricsIndex
import MetricsTables
import OTLP
import PromQL
import Protobuf
import Series
import Telemetry

@testable import MetricsIngest

/// Decodes requests, one after another, as a lane does.
final class SampleDecoding {
  /// What came of a request.
  struct Result: Equatable {
    /// As in PromQL, with value and time, sorted: `up{job="a"} 1 @ 5`.
    var samples: [String] = []
    /// Kind, name, unit and help, sorted: `counter up`.
    var families: [String] = []
    var rejected = 0
    var reason: String?
  }

  private let decoders: SampleDecoders
  private let sums: DeltaSums
  private let tenant = TenantID(7)

  init(activeSeriesMax: Int = 1_000, deltaSeriesMax: Int = 1_000) {
    decoders = SampleDecoders(laneCount: 1, index: SeriesIndex(), activeSeriesMax: activeSeriesMax)
    sums = DeltaSums(seriesMax: deltaSeriesMax)
  }

  /// Decodes a request of OTLP's JSON.
  func decode(json: String, areRowsKept: Bool = true) throws -> Result {
    try decode(Array(json.utf8), .otlpJSON, areRowsKept: areRowsKept)
  }

  func decode(_ body: [UInt8], _ encoding: SampleEncoding, areRowsKept: Bool = true) throws -> Result {
    let batch = SignalBatch<SampleBlock>()
    let deltas = DeltaChanges(sums, tenant: tenant.rawValue)
    let rows = try unsafe body.withUnsafeBytes { bytes in
      try unsafe decoders.append(
        SampleRequest(
          bytes, encoding, tenant: tenant, receivedAt: UnixNanoseconds(1_000_000), times: 0...4_000_000_000_000),
        to: batch, lane: 0, deltas: deltas)
    }
    deltas.end(areRowsKept: areRowsKept)
    return Result(
      samples: Self.samples(of: batch), families: Self.families(of: batch), rejected: rows.rejected,
      reason: rows.firstReason)
  }

  private static func samples(of batch: SignalBatch<SampleBlock>) -> [String] {
    let series = batch.references.series
    var names: [UInt64: String] = [:]
    for row in 0..<series.rowCount {
      let labels = series.labels[row].map { Label($0.key, $0.value) }.sorted()
      let name = labels.first { $0.name == Label.metricName }?.value ?? ""
      let others = labels.filter { $0.name != Label.metricName }.map { "\($0.name)=\(SeriesNotation.quoted($0.value))" }
      names[series.seriesID[row]] = name + "{\(others.joined(separator: ","))}"
    }
    return (0..<batch.rowCount).map { row in
      let value = batch.rows.value[row]
      let text = StaleMarker.isStale(value) ? "stale" : NumberNotation.text(value)
      return "\(names[batch.rows.seriesID[row]] ?? "?") \(text) @ \(batch.rows.time[row] / 1_000_000)"
    }
    .sorted()
  }

  private static func families(of batch: SignalBatch<SampleBlock>) -> [String] {
    let families = batch.references.families
    return (0..<families.rowCount).map { row in
      let kind = MetricMetadata.Kind(rawValue: families.kind[row])?.name ?? "?"
      return [kind, families.name[row], families.unit[row], families.help[row]].filter { !$0.isEmpty }
        .joined(separator: " ")
    }
    .sorted()
  }

  /// The protobuf form of a request of OTLP's JSON.
  static func protobuf(_ json: String) throws -> [UInt8] {
    let text = Array(json.utf8)
    var writer = ProtobufWriter(reservingCapacity: text.count)
    try unsafe text.withUnsafeBytes { bytes in
      try unsafe OTLPJSON.transcode(.metrics, json: bytes, bytesMax: .max, to: &writer)
    }
    return writer.bytes
  }

  /// A request of one metric, which is given by its members beside the name.
  static func request(
    _ metric: String, name: String = "m", resource: String = "", scope: String = #""name": "s", "version": "1""#
  ) -> String {
    """
    {"resourceMetrics": [{"resource": {"attributes": [\(resource)]}, "scopeMetrics": [
      {"scope": {\(scope)}, "metrics": [{"name": "\(name)", \(metric)}]}]}]}
    """
  }

  static func attribute(_ key: String, _ text: String) -> String {
    #"{"key": "\#(key)", "value": {"stringValue": "\#(text)"}}"#
  }
}
