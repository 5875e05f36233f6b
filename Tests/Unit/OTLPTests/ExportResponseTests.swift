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

  @Test func `an error tells when to come back`() {
    let status = RPCStatus(code: 8, message: "full", retryDelayMilliseconds: 1_005)
    #expect(
      String(decoding: status.json, as: UTF8.self)
        == #"{"code":8,"message":"full","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.005s"}]}"#
    )
    let type = Array("type.googleapis.com/google.rpc.RetryInfo".utf8)
    let info: [UInt8] = [0x0a, 0x07, 0x08, 0x01, 0x10, 0xc0, 0x96, 0xb1, 0x02]
    let inner = [0x0a, UInt8(type.count)] + type + [0x12, UInt8(info.count)] + info
    #expect(status.protobuf == [0x08, 0x08, 0x12, 0x04] + Array("full".utf8) + [0x1a, UInt8(inner.count)] + inner)
    #expect(RPCStatus(code: 3, message: "").protobuf == [0x08, 0x03])
  }
}
