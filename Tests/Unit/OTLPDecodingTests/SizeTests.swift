import Columns
import OTLP
import OTLPDecoding
import Protobuf
import Telemetry
import Testing

/// What a request and a record may hold: a request beyond it is refused, the texts of a record are cut and say so.
@Suite struct SizeTests {
  private typealias B = RequestBuilder

  @Test func `a request of too many records, or of too many groups, is refused and leaves nothing`() throws {
    let decoder = OTLPDecoder(limits: IngestLimits(recordCountMax: 1000))
    let batch = SpanBatch()
    let spans = [[UInt8]](repeating: B.span(), count: 1500)
    #expect(throws: DecodeError.tooLarge("it has more than 1000 records")) {
      try decoder.traces(B.request(spans), into: batch)
    }
    let groups = [UInt8]([[UInt8]](repeating: [0x0a, 0x00], count: 1500).joined())
    #expect(throws: DecodeError.tooLarge("it has more than 1000 records")) { try decoder.traces(groups, into: batch) }
    #expect(throws: DecodeError.tooLarge("it has more than 1000 records")) {
      try decoder.logs(OtherSignalTests.request([[UInt8]](repeating: [], count: 1500)), into: LogBatch())
    }
    #expect(batch.rowCount == 0)
    #expect(batch.resources.rowCount == 0)
    #expect(try decoder.traces(B.request([B.span()]), into: batch).accepted == 1)
  }

  @Test func `a request whose rows take too much memory is refused and leaves nothing`() throws {
    let decoder = OTLPDecoder(limits: IngestLimits(requestBytesMax: 1 << 20))
    let batch = LogBatch()
    var record = ProtobufWriter()
    record.varint(LogRecordField.severityNumber, 1)
    let body = OtherSignalTests.request([[UInt8]](repeating: record.bytes, count: 20_000))
    #expect(throws: DecodeError.tooLarge("its records take more than 1 MiB of memory")) {
      try decoder.logs(body, into: batch)
    }
    #expect(batch.rowCount == 0)
  }

  @Test func `records without any field are rejected one by one`() throws {
    var record = ProtobufWriter()
    record.varint(LogRecordField.severityNumber, 1)
    let logs = try OTLPDecoder().logs(OtherSignalTests.request([[], record.bytes, []]), into: LogBatch())
    #expect(logs.accepted == 1)
    #expect(logs.firstReason == "log record 0: it has no field at all")
    #expect(logs.rejected == 2)
    #expect(try OTLPDecoder().traces(B.request([[]]), into: SpanBatch()).rejected == 1)
  }

  private static let long = String(repeating: "é", count: 600_000)

  @Test func `long names are cut at 1 KiB and values at 1 MiB, between characters, and the span says so`() throws {
    let key = "k" + String(repeating: "é", count: 600)
    let span = B.span(attributes: [
      KeyValue("plain", .string(Self.long)), KeyValue(key, .int(7)),
      KeyValue("bytes", .bytes([UInt8](repeating: 1, count: 1 << 20))),
      KeyValue("list", .array([AnyValue](repeating: .string(Self.long), count: 5))),
      KeyValue("gen_ai.request.model", .string(Self.long)), KeyValue("short", .string("s")),
    ]) { writer in
      writer.string(SpanField.name, Self.long)
      writer.message(SpanField.status) { $0.string(StatusField.message, Self.long) }
      writer.message(SpanField.events) { event in
        event.string(EventField.name, Self.long)
        KeyValue(key, .string("v")).writeProtobuf(field: EventField.attributes, to: &event)
      }
    }
    let batch = SpanBatch()
    let outcome = try OTLPDecoder().traces(
      B.request([span], resource: [KeyValue("service.name", .string(Self.long))]), into: batch)
    #expect(outcome.accepted == 1)
    #expect(outcome.cutTexts == 9)
    let rows = batch.rows
    #expect(rows.name[0] == String(repeating: "é", count: 512))
    #expect(rows.serviceName[0] == String(repeating: "é", count: 512))
    #expect(rows.requestModel[0] == String(repeating: "é", count: 512))
    #expect(rows.statusMessage[0].utf8.count == 1 << 20)
    let cutKey = "k" + String(repeating: "é", count: 511)
    let attributes = Dictionary(uniqueKeysWithValues: rows.attributes[0].map { ($0.key, $0.value) })
    // Lengths apart from the texts, which are too long for a message.
    let lengths = attributes.mapValues { $0.utf8.count }
    #expect(lengths["plain"] == 1 << 20)
    #expect(lengths[cutKey] == 1)
    #expect(lengths["bytes"] == 1 << 20)
    #expect((1 << 20..<3 << 20).contains(lengths["list"] ?? 0))
    #expect(lengths["short"] == 1)
    let isList = AnyValue(otlpJSON: Array((attributes["list"] ?? "").utf8)[...]) != nil
    #expect(isList)
    let names = [
      "plain", cutKey, "bytes", "list", "gen_ai.request.model", "event.name", "event.attributes", "name",
      "status.message",
    ]
    let told = AnyValue(otlpJSON: Array((attributes["axonize.truncated"] ?? "").utf8)[...])
    guard case .array(let cut) = told else {
      Issue.record("\(attributes["axonize.truncated"] ?? "no mark")")
      return
    }
    #expect(Set(cut) == Set(names.map { AnyValue.string($0) }))
    let resource = batch.resources.attributes[0]
    #expect(resource.map(\.key) == ["service.name", "axonize.truncated"])
  }

  @Test func `logs and points are cut and marked too`() throws {
    var record = ProtobufWriter()
    record.message(LogRecordField.body) { $0.string(AnyValueField.string, Self.long) }
    record.string(LogRecordField.eventName, Self.long)
    let logs = LogBatch()
    #expect(try OTLPDecoder().logs(OtherSignalTests.request([record.bytes]), into: logs).cutTexts == 2)
    #expect(logs.rows.body[0].utf8.count == 1 << 20)
    #expect(logs.rows.eventName[0].utf8.count == 1 << 10)
    #expect(logs.rows.attributes[0].map(\.key) == ["axonize.truncated"])
  }

  @Test func `the attributes of one record and its events are bounded together`() throws {
    let decoder = OTLPDecoder(limits: IngestLimits(recordBytesMax: 4096))
    let big = String(repeating: "x", count: 1000)
    let span = B.span(attributes: (0..<10).map { KeyValue("k\($0)", .string(big)) }) { writer in
      for _ in 0..<10 { writer.message(SpanField.events) { $0.string(EventField.name, big) } }
    }
    let batch = SpanBatch()
    #expect(try decoder.traces(B.request([span]), into: batch).accepted == 1)
    #expect(batch.rows.attributes[0].count == 5)
    #expect(batch.rows.details[0].contains(#""droppedAttributesCount":5"#))
    #expect(batch.rows.details[0].contains(#""droppedEventsCount":5"#))
  }

  @Test func `a list of nothing but empty pairs does not grow beyond a value`() throws {
    var writer = ProtobufWriter()
    writer.message(SpanField.attributes) { pair in
      pair.string(KeyValueField.key, "pairs")
      pair.message(KeyValueField.value) { value in
        value.bytes(AnyValueField.keyValueList, [UInt8]([[UInt8]](repeating: [0x0a, 0x00], count: 1 << 20).joined()))
      }
    }
    let batch = SpanBatch()
    #expect(try OTLPDecoder().traces(B.request([B.span() + writer.bytes]), into: batch).cutTexts == 1)
    #expect(batch.rows.attributes[0][0].value.utf8.count < 1 << 20 + 100)
    #expect(AnyValue(otlpJSON: Array(batch.rows.attributes[0][0].value.utf8)[...]) != nil)
  }
}
