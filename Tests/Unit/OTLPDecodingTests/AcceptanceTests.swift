import Base
import Columns
import OTLP
import OTLPDecoding
import Protobuf
import Telemetry
import Testing

/// Which times records may have: what is older than its retention or too far ahead is rejected alone, with the reason.
@Suite struct AcceptanceTests {
  private static let day: Int64 = 86_400_000_000_000
  /// 2026-11-21T08:00:00Z.
  private static let now: Int64 = 1_795_248_000_000_000_000
  private static let window = TimeWindow(
    now: UnixNanoseconds(now), retention: .seconds(30 * 86_400), retentionSetting: "retention.traces",
    ahead: .seconds(86_400))

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let time: UInt64
    /// What the reason says; nil for a time that is taken.
    let reason: String?
    var testDescription: String { name }

    init(_ name: String, _ time: Int64, _ reason: String? = nil) {
      self.name = name
      self.time = UInt64(time)
      self.reason = reason
    }
  }

  static let cases = [
    Case("now", now), Case("the last of the retention", now - 30 * day), Case("the last day ahead", now + day),
    Case(
      "one nanosecond too old", now - 30 * day - 1, "before what retention.traces keeps (30d), so it would be removed"),
    Case(
      "one nanosecond too far ahead", now + day + 1, "more than 1d ahead of this server's clock (ingest.time_ahead)"),
    Case("a year old", now - 365 * day, "is 2025-11-21T08:00:00Z, before what retention.traces keeps"),
    Case("milliseconds", now / 1_000_000, "milliseconds sent as nanoseconds?"),
    Case("microseconds", now / 1_000, "microseconds sent as nanoseconds?"),
    Case("seconds", now / 1_000_000_000, "seconds sent as nanoseconds?"),
    Case("one", 1, "is 1970-01-01T00:00:00.000000001Z, before"),
    Case("the last day of 64 bits", 9_223_286_400_000_000_000, "is 2262-04-11T00:00:00Z, more than 1d ahead"),
    Case("the last of 64 bits", .max, "is 2262-04-11T23:47:16.854775807Z, more than 1d ahead"),
  ]

  @Test(arguments: cases)
  func `a span's start is within the window or refused`(example: Case) throws {
    let spans = [
      RequestBuilder.span(start: example.time, end: 0), RequestBuilder.span(start: UInt64(Self.now), end: 0),
    ]
    let batch = SpanBatch()
    let outcome = try Self.decode(spans, into: batch)
    Self.expect(outcome, example, field: "span 0: start_time_unix_nano")
    #expect(batch.rowCount == outcome.accepted)
  }

  @Test func `a span may not end too far ahead, but before its start`() throws {
    let now = UInt64(Self.now)
    let batch = SpanBatch()
    let outcome = try Self.decode(
      [RequestBuilder.span(start: now, end: UInt64(Int64.max)), RequestBuilder.span(start: now, end: 1)], into: batch)
    #expect(outcome.accepted == 1)
    #expect(outcome.firstReason?.contains("end_time_unix_nano is 2262-04-11T23:47:16.854775807Z, more than 1d") == true)
    #expect(batch.rows.durationNanoseconds[0] == 1 - Self.now)
  }

  @Test(arguments: cases)
  func `a log's time is within the window or refused, and its observed time where it has no other`(
    example: Case
  ) throws {
    for field in [LogRecordField.time, LogRecordField.observedTime] {
      var record = ProtobufWriter()
      record.fixed64(field, example.time)
      let body = OtherSignalTests.request([record.bytes])
      let outcome = try unsafe OTLPDecoder.whole(body) { bytes throws(DecodeError) in
        try OTLPDecoder().append(
          unsafe ExportRequest(
            bytes, tenant: .default, receivedAt: UnixNanoseconds(Self.now), times: Self.window), to: LogBatch())
      }
      let name = field == LogRecordField.time ? "time_unix_nano" : "observed_time_unix_nano"
      Self.expect(outcome, example, field: "log record 0: \(name)", others: 0)
    }
  }

  @Test func `a log without any time is taken, whatever its clock says elsewhere`() throws {
    var record = ProtobufWriter()
    record.fixed64(LogRecordField.time, UInt64(Self.now))
    record.fixed64(LogRecordField.observedTime, 1)
    var untimed = ProtobufWriter()
    untimed.string(LogRecordField.severityText, "INFO")
    let body = OtherSignalTests.request([record.bytes, untimed.bytes])
    let outcome = try unsafe OTLPDecoder.whole(body) { bytes throws(DecodeError) in
      try OTLPDecoder().append(
        unsafe ExportRequest(bytes, tenant: .default, receivedAt: UnixNanoseconds(Self.now), times: Self.window),
        to: LogBatch())
    }
    #expect(outcome.accepted == 2)
    #expect(!outcome.isRecognisable)
  }

  @Test func `a request has records of forty days at most`() throws {
    let spans = (0..<50).flatMap { day in
      (0..<2).map { RequestBuilder.span(start: 1 + UInt64(day) * UInt64(Self.day) + UInt64($0), end: 0) }
    }
    let outcome = try OTLPDecoder().traces(RequestBuilder.request(spans), into: SpanBatch())
    #expect(outcome.accepted == 80)
    #expect(outcome.rejected == 20)
    #expect(outcome.firstReason?.hasPrefix("span 80: the request has records of more than 40 days") == true)
  }

  private static func decode(_ spans: [[UInt8]], into batch: SpanBatch) throws(DecodeError) -> DecodedRows {
    try unsafe OTLPDecoder.whole(RequestBuilder.request(spans)) { bytes throws(DecodeError) in
      try OTLPDecoder().append(unsafe ExportRequest(bytes, tenant: .default, times: window), to: batch)
    }
  }

  private static func expect(_ outcome: DecodedRows, _ example: Case, field: String, others: Int = 1) {
    guard let reason = example.reason else { return #expect(outcome == DecodedRows(accepted: others + 1)) }
    #expect(outcome.accepted == others)
    #expect(outcome.rejected == 1)
    #expect(outcome.firstReason?.hasPrefix(field) == true, "\(outcome.firstReason ?? "")")
    #expect(outcome.firstReason?.contains(reason) == true, "\(outcome.firstReason ?? "")")
  }
}
