import Columns
import OTLP
import OTLPDecoding
import Protobuf
import Telemetry
import Testing

@Suite struct OtherSignalTests {
  private let decoder = OTLPDecoder()

  @Test func `a log record without times gets the time of its arrival, and odd ids belong to no trace`() throws {
    var writer = ProtobufWriter()
    writer.bytes(LogRecordField.traceID, [1, 2, 3])
    writer.bytes(LogRecordField.spanID, RequestBuilder.spanID)
    writer.varint(LogRecordField.severityNumber, 99)
    let batch = LogBatch()
    #expect(try decoder.logs(Self.request([writer.bytes]), receivedAt: 77, into: batch).accepted == 1)
    #expect(batch.rows.time[0] == 77)
    #expect(batch.rows.observedTime[0] == 77)
    #expect(batch.rows.traceID[0] == (0, 0))
    #expect(batch.rows.spanID[0] == 0)
    #expect(batch.rows.severityNumber[0] == 0)
    #expect(batch.rows.bodyType[0] == 0)
    #expect(batch.rows.serviceName[0] == "unknown_service")
  }

  @Test func `a request with a log record without any time has no batch id, others have that of their bytes`() throws {
    func record(time: UInt64?, observed: UInt64?) -> [UInt8] {
      var writer = ProtobufWriter()
      if let time { writer.fixed64(LogRecordField.time, time) }
      if let observed { writer.fixed64(LogRecordField.observedTime, observed) }
      writer.varint(LogRecordField.severityNumber, 9)
      return writer.bytes
    }
    let batch = LogBatch()
    let timed = Self.request([record(time: 5, observed: nil), record(time: nil, observed: 6)])
    #expect(try decoder.logs(timed, receivedAt: 77, into: batch).isRecognisable)
    let mixed = Self.request([record(time: 5, observed: nil), record(time: nil, observed: nil)])
    #expect(try decoder.logs(mixed, receivedAt: 77, into: batch).isRecognisable == false)
    let hash = unsafe timed.withUnsafeBytes { unsafe ByteHash.hash($0) }
    #expect(batch.rows.batchID[0] == hash)
    #expect((0..<4).map { batch.rows.batchID[$0] == 0 } == [false, false, true, true])
  }

  static func request(_ records: [[UInt8]]) -> [UInt8] {
    RequestBuilder.request(records)
  }
}
