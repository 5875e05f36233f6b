import Columns
import Base
import JSON
import OTLP
import OTLPDecoding
import Telemetry

/// Properties of the OTLP decoder, in protobuf and in JSON; the first byte of an input chooses the signal.
///
/// It never traps. A refused request leaves the batch as it was; a taken one adds a row for each accepted record to
/// every column, and every stored value is one that readers understand.
package enum OTLPFuzzCase {
  package static func protobuf(_ input: [UInt8]) { run(input, isJSON: false) }
  package static func json(_ input: [UInt8]) { run(input, isJSON: true) }

  private static func run(_ input: [UInt8], isJSON: Bool) {
    guard let signal = input.first else { return }
    let body = Array(input.dropFirst())
    let decoder = OTLPDecoder(limits: IngestLimits(attributeCountMax: 8, eventCountMax: 4, linkCountMax: 4))
    switch signal % 3 {
    case 0:
      unsafe check(SpanBatch(), attributes: \.attributes, body) { bytes, batch throws(DecodeError) in
        isJSON
          ? try unsafe decoder.appendTraces(json: bytes, tenant: .standard, into: batch)
          : try unsafe decoder.appendTraces(protobuf: bytes, tenant: .standard, into: batch)
      }
    case 1:
      unsafe check(MetricBatch(), attributes: \.attributes, body) { bytes, batch throws(DecodeError) in
        isJSON
          ? try unsafe decoder.appendMetrics(json: bytes, tenant: .standard, into: batch)
          : try unsafe decoder.appendMetrics(protobuf: bytes, tenant: .standard, into: batch)
      }
    default:
      let now = UnixNanoseconds(1)
      unsafe check(LogBatch(), attributes: \.attributes, body) { bytes, batch throws(DecodeError) in
        isJSON
          ? try unsafe decoder.appendLogs(json: bytes, tenant: .standard, receivedAt: now, into: batch)
          : try unsafe decoder.appendLogs(protobuf: bytes, tenant: .standard, receivedAt: now, into: batch)
      }
    }
  }

  private static func check<Rows>(
    _ batch: SignalBatch<Rows>, attributes: (Rows) -> MapColumn, _ body: [UInt8],
    _ append: (UnsafeRawBufferPointer, SignalBatch<Rows>) throws(DecodeError) -> AppendOutcome
  ) {
    var expected = 0
    // Twice: the second request meets dictionaries and resources that are known.
    for _ in 0..<2 {
      let resources = batch.resources.rowCount
      let outcome: AppendOutcome? = unsafe body.withUnsafeBytes { bytes in
        do throws(DecodeError) { return try unsafe append(bytes, batch) } catch { return nil }
      }
      expected += outcome?.accepted ?? 0
      // rowCount itself demands that all columns are equally long.
      precondition(batch.rowCount == expected, "\(batch.rowCount) rows, \(expected) accepted")
      if outcome == nil || outcome?.accepted == 0 {
        precondition(batch.resources.rowCount == resources, "a refused request left a resource behind")
      }
      _ = batch.scopes.rowCount
    }
    for row in 0..<batch.rowCount { check(attributes(batch.rows), row) }
    for row in 0..<batch.resources.rowCount { check(batch.resources.attributes, row) }
  }

  private static func check(_ map: MapColumn, _ row: Int) {
    for (_, type, value) in map[row] where type >= AttributeType.array.rawValue {
      precondition(AnyValue(otlpJSON: Array(value.utf8)[...]) != nil, "a stored list is no OTLP/JSON: \(value)")
    }
  }
}
