import Base
import Testing

@testable import MetricsIngest

@Suite struct ReplayedDeltaTests {
  private func request(at second: Int64) throws -> [UInt8] {
    try SampleDecoding.protobuf(
      SampleDecoding.request(
        """
        "sum": {"isMonotonic": true, "aggregationTemporality": 1, "dataPoints": [
          {"timeUnixNano": "\(MovingStore.start + second * 1000)000000", "asInt": "1"}]}
        """, scope: ""))
  }

  private func keep(_ second: Int64, in store: MovingStore) throws {
    try store.keep(
      request(at: second), signal: SampleStream.journalKind, encoding: SampleEncoding.otlpProtobuf.rawValue,
      batchID: UInt64(second))
  }

  @Test func `a delta that a stored sample of an earlier process holds is not added again`() throws {
    let stored = try MovingStore([])
    try keep(2, in: stored)
    try stored.process { try $0.move() }
    #expect(try stored.samples() == ["1 m_total{} day 0 + 2 s: 1"])
    // The one before it was in another lane and was not stored; the sum held it all the same.
    for second in [1, 3] as [Int64] { try keep(second, in: stored) }
    try stored.process { try $0.move() }
    #expect(try stored.samples() == ["1 m_total{} day 0 + 2 s: 1", "1 m_total{} day 0 + 3 s: 1"])
  }
}
