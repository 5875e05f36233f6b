import GRPC
import Testing

@Suite struct RPCStatusTests {
  @Test func `an error tells when to come back`() {
    let status = RPCStatus(.resourceExhausted, "full", retryDelay: .milliseconds(1_005))
    #expect(
      String(decoding: status.json, as: UTF8.self)
        == #"{"code":8,"message":"full","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.005s"}]}"#
    )
    let type = Array("type.googleapis.com/google.rpc.RetryInfo".utf8)
    let info: [UInt8] = [0x0a, 0x07, 0x08, 0x01, 0x10, 0xc0, 0x96, 0xb1, 0x02]
    let inner = [0x0a, UInt8(type.count)] + type + [0x12, UInt8(info.count)] + info
    #expect(status.protobuf == [0x08, 0x08, 0x12, 0x04] + Array("full".utf8) + [0x1a, UInt8(inner.count)] + inner)
    #expect(RPCStatus(.invalidArgument, "").protobuf == [0x08, 0x03])
  }
}
