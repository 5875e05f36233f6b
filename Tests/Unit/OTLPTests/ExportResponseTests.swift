import OTLP
import Testing

@Suite struct ExportResponseTests {
  @Test func `a full success is an empty message`() {
    #expect(ExportResponse().protobuf == [])
    #expect(String(decoding: ExportResponse().json(of: .traces), as: UTF8.self) == "{}")
  }

  @Test(arguments: [
    (OTLPSignal.traces, "rejectedSpans"), (.metrics, "rejectedDataPoints"), (.logs, "rejectedLogRecords"),
  ])
  func `a partial success tells how many and why`(signal: OTLPSignal, name: String) {
    let response = ExportResponse(rejectedCount: 300, message: "no")
    #expect(response.protobuf == [0x0a, 0x07, 0x08, 0xac, 0x02, 0x12, 0x02, 0x6e, 0x6f])
    #expect(
      String(decoding: response.json(of: signal), as: UTF8.self)
        == #"{"partialSuccess":{"\#(name)":"300","errorMessage":"no"}}"#)
  }

  @Test(arguments: [
    ("/v1/traces", OTLPSignal.traces), ("/v1/logs/", .logs), ("/otel/v1/metrics", .metrics),
    ("/api/public/otel/v1/traces/", .traces), ("/otlp/v1/traces", .traces), ("/v1/traces//", nil),
    ("/x/v1/traces", nil), ("v1/traces", nil), ("/api/v1/traces", nil), ("/", nil), ("", nil),
  ])
  func `the paths that SDKs make of a base URL are taken`(path: String, signal: OTLPSignal?) {
    #expect(OTLPSignal(httpPath: path) == signal)
  }
}
