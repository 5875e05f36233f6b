import GRPC
import Testing

@Suite struct GRPCTests {
  @Test(arguments: [
    ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("99999999S", .seconds(99_999_999)),
    ("10m", .milliseconds(10)), ("7u", .microseconds(7)), ("5n", .nanoseconds(5)),
  ])
  func `timeouts are read with their unit`(text: String, duration: Duration) {
    #expect(GRPCTimeout.parse(text) == duration)
  }

  @Test(arguments: ["", "S", "5", "123456789S", "-1S", "1x", "1 S"])
  func `text that is no timeout is refused`(text: String) { #expect(GRPCTimeout.parse(text) == nil) }

  @Test func `a message gets its prefix and the prefix is read back`() {
    let bytes = GRPCFrame.encode([7, 8, 9])
    #expect(bytes == [0, 0, 0, 0, 3, 7, 8, 9])
    let frame = unsafe bytes.withUnsafeBytes { unsafe GRPCFrame($0) }
    #expect(frame?.byteCount == 3)
    #expect(frame?.isCompressed == false)
    #expect(unsafe [2, 0, 0, 0, 0].withUnsafeBytes { unsafe GRPCFrame($0) } == nil)
  }

  @Test func `a status message is percent-encoded`() {
    let status = GRPCOutcome(.invalidArgument, "50 % é\n")
    #expect(String(decoding: status.encodedMessage, as: UTF8.self) == "50 %25 %C3%A9%0A")
    #expect(status.encodedDetails == nil)
  }

  @Test func `a retry delay becomes a RetryInfo in base64`() {
    let details = GRPCOutcome(.resourceExhausted, "", retryDelay: .milliseconds(1500)).encodedDetails
    let expected = "CAgaNgoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIKCggIARCAyrXuAQ"
    #expect(details.map { String(decoding: $0, as: UTF8.self) } == expected)
  }
}
