import Base
import Columns
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
    let encoding: OTLPEncoding = isJSON ? .json : .protobuf
    switch signal % 2 {
    case 0: check(SpanBatch(), attributes: \.attributes, body, encoding, decoder)
    default: check(LogBatch(), attributes: \.attributes, body, encoding, decoder)
    }
  }

  private static func check<Rows: ExportedRows>(
    _ batch: SignalBatch<Rows>, attributes: (Rows) -> MapColumn, _ body: [UInt8], _ encoding: OTLPEncoding,
    _ decoder: OTLPDecoder
  ) {
    var expected = 0
    // Twice: the second request meets dictionaries and resources that are known.
    for _ in 0..<2 {
      let resources = batch.resources.rowCount
      let outcome: DecodedRows? = unsafe body.withUnsafeBytes { bytes in
        let request = unsafe ExportRequest(bytes, encoding, tenant: .default, receivedAt: UnixNanoseconds(1))
        do throws(DecodeError) { return try decoder.append(request, to: batch) } catch { return nil }
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
