import Base
import Columns
import Metrics
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
    /// Series, value, time, trace, span and labels, sorted: `up{job="a"} 0.5 @ 5 trace 00…01/00…02 a=b`.
    var exemplars: [String] = []
    var refusedExemplars = 0
    var rejected = 0
    var reason: String?
  }

  private let decoders: SampleDecoders
  private let sums: DeltaSums
  private let tenant = TenantID(7)
  private let times: ClosedRange<Int64>

  /// - Parameters: the earliest and the latest time of samples, in milliseconds since 1970.
  init(
    activeSeriesMax: Int = 1_000, deltaSeriesMax: Int = 1_000, exemplarsPerSeriesMax: Int = 10,
    earliest: Int64 = 0, latest: Int64 = 4_000_000_000_000, _ translation: OTLPTranslation = OTLPTranslation()
  ) {
    times = earliest...latest
    decoders = SampleDecoders(
      laneCount: 1, index: SeriesIndex(),
      limits: SampleLimits(activeSeriesMax: activeSeriesMax, exemplarsPerSeriesMax: exemplarsPerSeriesMax),
      translation: translation)
    sums = DeltaSums(seriesMax: deltaSeriesMax)
  }

  /// Fields of line protocol that were texts.
  var textFieldCount: Int { Int(decoders.textFields.value) }

  /// Decodes a request of OTLP's JSON.
  func decode(json: String, areRowsKept: Bool = true, _ order: DeltaOrder = .arrival) throws -> Result {
    try decode(Array(json.utf8), .otlpJSON, areRowsKept: areRowsKept, order)
  }

  func decode(
    _ body: [UInt8], _ encoding: SampleEncoding, areRowsKept: Bool = true, _ order: DeltaOrder = .arrival
  ) throws -> Result {
    let batch = SignalBatch<SampleBlock>()
    let deltas = DeltaChanges(sums, tenant: tenant.rawValue, order)
    let rows = try unsafe body.withUnsafeBytes { bytes in
      try unsafe decoders.append(
        SampleRequest(
          bytes, encoding, tenant: tenant, receivedAt: UnixNanoseconds(1_000_000), times: times),
        to: batch, lane: 0, deltas: deltas)
    }
    deltas.end(areRowsKept: areRowsKept)
    return Result(
      samples: Self.samples(of: batch), families: Self.families(of: batch),
      exemplars: Self.exemplars(of: batch), refusedExemplars: rows.attachedRefused, rejected: rows.rejected,
      reason: rows.firstReason)
  }

  private static func samples(of batch: SignalBatch<SampleBlock>) -> [String] {
    let names = names(of: batch.references.series)
    return (0..<batch.rowCount).map { row in
      let value = SampleNumber.value(batch.rows.number[row], scale: batch.rows.scale[row])
      let text = StaleMarker.isStale(value) ? "stale" : NumberNotation.text(value)
      return "\(names[batch.rows.seriesID[row]] ?? "?") \(text) @ \(batch.rows.time[row] / 1_000_000)"
    }
    .sorted()
  }

  private static func exemplars(of batch: SignalBatch<SampleBlock>) -> [String] {
    let names = names(of: batch.references.series)
    let block = batch.references.exemplars
    return (0..<block.rowCount).map { row in
      let trace = block.traceID[row]
      let parts =
        [
          names[block.seriesID[row]] ?? "?", NumberNotation.text(block.value[row]), "@",
          "\(block.time[row] / 1_000_000)",
        ]
        + (trace == (0, 0) ? [] : ["trace \(TraceID(high: trace.high, low: trace.low))"])
        + (block.spanID[row] == 0 ? [] : ["span \(SpanID(block.spanID[row]))"])
        + block.labels[row].map { "\($0.key)=\($0.value)" }
      return parts.joined(separator: " ")
    }
    .sorted()
  }

  /// The labels of series by id.
  private static func names(of series: SeriesBlock) -> [UInt64: String] {
    var names: [UInt64: String] = [:]
    for row in 0..<series.rowCount {
      let labels = series.labels[row].map { Label($0.key, $0.value) }.sorted()
      let name = labels.first { $0.name == Label.metricName }?.value ?? ""
      let others = labels.filter { $0.name != Label.metricName }.map { "\($0.name)=\(SeriesNotation.quoted($0.value))" }
      names[series.seriesID[row]] = name + "{\(others.joined(separator: ","))}"
    }
    return names
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
