import Columns
import OTLPDecoding
import Telemetry
import Testing

@Suite struct JSONRequestTests {
  private let decoder = OTLPDecoder()

  private func request(_ span: String) -> [UInt8] {
    Array(#"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(span)]}]}]}"#.utf8)
  }

  private static let ids =
    #""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174","startTimeUnixNano":"1544712660000000000""#

  @Test(arguments: [
    #"{\#(ids),"kind":"SPAN_KIND_SERVER","endTimeUnixNano":1544712661000000000}"#,
    #"{\#(ids),"kind":2,"end_time_unix_nano":"1544712661000000000","unknown":{"a":[1,{}]},"name":null}"#,
    #"{\#(ids),"kind":"2x","kind":2.0,"endTimeUnixNano":1.544712661e18}"#,
  ])
  func `numbers, names and both spellings of keys are read`(span: String) throws {
    let batch = SpanBatch()
    #expect(try decoder.traces(json: request(span), into: batch).accepted == 1)
    #expect(batch.rows.kind[0] == SpanKind.server.rawValue)
    #expect(batch.rows.durationNanoseconds[0] == 1_000_000_000)
    #expect(batch.rows.traceID[0] == (0x5b8e_fff7_9803_8103, 0xd269_b633_813f_c60c))
    #expect(batch.rows.spanID[0] == 0xeee1_9b7e_c3c1_b174)
  }

  @Test(arguments: [
    ("xyz", "span 0: trace_id must have 16 bytes, it has 1"), ("", "span 0: trace_id must have 16 bytes, it has 0"),
    ("AAAAAAAAAAAAAAAAAAAAAQ==", "span 0: trace_id must have 16 bytes, it has 1"),
  ])
  func `an id that is no hexadecimal text rejects its span`(id: String, reason: String) throws {
    let span = #"{"traceId":"\#(id)","spanId":"eee19b7ec3c1b174","startTimeUnixNano":"1"}"#
    let outcome = try decoder.traces(json: request(span), into: SpanBatch())
    #expect(outcome == DecodedRows(accepted: 0, rejected: 1, firstReason: reason))
  }

  @Test(arguments: [
    "", "{", "[]", #"{"resourceSpans":{}}"#, #"{"resourceSpans":[1]}"#, #"{"resourceSpans":[]} x"#,
    #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"1.5"}]}]}]}"#,
    #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":-1}]}]}]}"#,
    #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}"#,
    #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"value":{"bytesValue":"*"}}]}]}]}]}"#,
  ])
  func `a malformed request appends nothing`(text: String) {
    let batch = SpanBatch()
    #expect(throws: DecodeError.self) { _ = try decoder.traces(json: Array(text.utf8), into: batch) }
    #expect(batch.isEmpty)
  }

  @Test func `an empty request is taken`() throws {
    #expect(try decoder.traces(json: Array("{}".utf8), into: SpanBatch()) == DecodedRows())
    #expect(try decoder.traces([], into: SpanBatch()) == DecodedRows())
  }
}
