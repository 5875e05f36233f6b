import Base
import Columns
import OTLP
import OTLPDecoding
import Protobuf
import Telemetry
import Testing

@Suite struct RejectionTests {
  private let decoder = OTLPDecoder()
  private typealias B = RequestBuilder

  @Test(arguments: [
    (B.span(traceID: []), "trace_id must have 16 bytes, it has 0"),
    (B.span(traceID: [1, 2, 3]), "trace_id must have 16 bytes, it has 3"),
    (B.span(traceID: .init(repeating: 0, count: 16)), "trace_id must not be all zero"),
    (B.span(spanID: [1]), "span_id must have 8 bytes, it has 1"),
    (B.span(spanID: .init(repeating: 0, count: 8)), "span_id must not be all zero"),
    (B.span(parentID: [1, 2]), "parent_span_id must be empty or have 8 bytes, it has 2"),
    (B.span(start: 0), "start_time_unix_nano is missing"), (B.span(end: .max), "a time lies beyond the year 2262"),
    (B.span(attributes: [KeyValue("deep", nested(64))]), "an attribute value is nested too deep"),
  ])
  func `one bad span is rejected with a reason and its neighbours are kept`(span: [UInt8], reason: String) throws {
    let batch = SpanBatch()
    let good = B.span(attributes: [KeyValue("k", .string("v"))])
    let outcome = try decoder.traces(B.request([good, span, good]), into: batch)
    #expect(outcome == DecodedRows(accepted: 2, rejected: 1, firstReason: "span 1: \(reason)"))
    #expect(batch.rowCount == 2)
    #expect(batch.rows.attributes[1].map(\.value) == ["v"])
  }

  private static func nested(_ levels: Int) -> AnyValue {
    (0..<levels).reduce(.int(1)) { value, _ in .array([value]) }
  }

  @Test func `a request of bad spans alone leaves nothing behind`() throws {
    let batch = SpanBatch()
    let bad = B.span(traceID: [], attributes: [KeyValue("only.here", .string("v"))])
    let outcome = try decoder.traces(B.request([bad], resource: [KeyValue("r", .int(1))]), into: batch)
    #expect(outcome.accepted == 0)
    #expect(outcome.rejected == 1)
    #expect(batch.resources.rowCount == 0)
    #expect(batch.rows.attributes.keys.dictionary.count == 0)
  }

  @Test func `a request cut at any byte appends nothing, or is whole`() throws {
    let batch = SpanBatch()
    _ = try decoder.traces(B.request([B.span(attributes: [KeyValue("a", .int(1))])]), into: batch)
    let before = batch.rendered
    let body = try Fixture.bytes("traces.bin")
    for length in stride(from: 1, to: body.count, by: 7) {
      let accepted = try? decoder.traces(Array(body[..<length]), into: batch).accepted
      if let accepted {
        // Only a cut between two resource groups leaves a well-formed message.
        #expect(accepted == 7, "cut at \(length)")
        batch.removeAll()
        _ = try decoder.traces(B.request([B.span(attributes: [KeyValue("a", .int(1))])]), into: batch)
      }
      #expect(batch.rowCount == 1)
    }
    #expect(batch.rendered == before)
  }

  @Test func `an error tells the byte`() {
    let error = #expect(throws: DecodeError.self) {
      _ = try decoder.traces([0x0a, 0x02, 0x12, 0x05], into: SpanBatch())
    }
    #expect(error == .malformed(offset: 4, reason: "invalid protobuf at byte 4: a field ends beyond the message"))
  }

  @Test func `attributes beyond the limit are counted as dropped`() throws {
    let decoder = OTLPDecoder(limits: IngestLimits(attributeCountMax: 2, eventCountMax: 1, linkCountMax: 1))
    let batch = SpanBatch()
    let span = B.span(attributes: (0..<5).map { KeyValue("k\($0)", .int($0)) }) { writer in
      writer.varint(SpanField.droppedAttributes, 10)
      for _ in 0..<3 { writer.message(SpanField.events) { $0.string(EventField.name, "e") } }
      for _ in 0..<3 {
        writer.message(SpanField.links) { link in
          link.bytes(LinkField.traceID, B.traceID)
          link.bytes(LinkField.spanID, B.spanID)
        }
      }
      writer.message(SpanField.links) { $0.bytes(LinkField.traceID, [1]) }
    }
    #expect(try decoder.traces(B.request([span]), into: batch).accepted == 1)
    #expect(batch.rows.attributes[0].map(\.key) == ["k0", "k1"])
    #expect(
      batch.rows.details[0] == #"""
        {"droppedAttributesCount":13,"events":[{"name":"e"}],"droppedEventsCount":2,\#
        "links":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}],"droppedLinksCount":3}
        """#)
  }

  @Test func `text that is not UTF-8 is repaired`() throws {
    let batch = SpanBatch()
    let span = B.span { writer in
      writer.message(SpanField.attributes) { pair in
        pair.bytes(KeyValueField.key, [0x6b, 0xff])
        pair.message(KeyValueField.value) { $0.bytes(AnyValueField.string, [0x61, 0xc3]) }
      }
      writer.bytes(SpanField.name, [0xe2, 0x82])
    }
    #expect(try decoder.traces(B.request([span]), into: batch).accepted == 1)
    #expect(batch.rows.attributes[0].map(\.key) == ["k\u{fffd}"])
    #expect(batch.rows.attributes[0].map(\.value) == ["a\u{fffd}"])
    #expect(batch.rows.name[0] == "\u{fffd}")
  }

  @Test func `unknown fields, groups and wrong wire types are skipped`() throws {
    let batch = SpanBatch()
    let span = B.span { writer in
      writer.varint(SpanField.name, 7)
      writer.string(99, "later")
      writer.fixed64(100, 1)
    }
    // Field 50 as a group that holds a varint.
    let group: [UInt8] = [0x93, 0x03, 0x08, 0x01, 0x94, 0x03]
    #expect(try decoder.traces(B.request([span + group]) + group, into: batch).accepted == 1)
    #expect(batch.rows.name[0] == "span")
  }

  @Test func `a oneof keeps its last value, and an unknown member keeps the known one`() throws {
    let batch = SpanBatch()
    let span = B.span { writer in
      writer.message(SpanField.attributes) { pair in
        pair.string(KeyValueField.key, "k")
        pair.message(KeyValueField.value) { value in
          value.string(AnyValueField.string, "first")
          value.message(AnyValueField.array) { _ in }
          value.varint(AnyValueField.int, 5)
          value.string(42, "later")
        }
      }
    }
    _ = try decoder.traces(B.request([span]), into: batch)
    #expect(batch.rows.attributes[0].map(\.value) == ["5"])
    #expect(batch.rows.attributes[0].map(\.type) == [AttributeType.int.rawValue])
  }

  @Test func `a resource in two parts is merged, and stands behind its spans`() throws {
    func resource(_ key: String, _ value: String) -> [UInt8] {
      var writer = ProtobufWriter()
      KeyValue(key, .string(value)).writeProtobuf(field: ResourceField.attributes, to: &writer)
      return writer.bytes
    }
    var writer = ProtobufWriter()
    writer.message(EnvelopeField.resourceGroups) { group in
      group.message(EnvelopeField.scopeGroups) { $0.bytes(EnvelopeField.records, B.span()) }
      group.bytes(EnvelopeField.resource, resource("service.name", "first"))
      group.bytes(EnvelopeField.resource, resource("host.name", "node"))
      group.string(EnvelopeField.resourceSchemaURL, "schema")
    }
    let batch = SpanBatch()
    _ = try decoder.traces(writer.bytes, into: batch)
    #expect(batch.resources.attributes[0].map(\.key) == ["service.name", "host.name"])
    #expect(batch.rows.serviceName[0] == "first")
    #expect(batch.rows.nodeID[0] == "node")
    #expect(batch.resources.schemaURL[0] == "schema")
  }

  @Test func `tenants do not share resources, and a retry has the same batch id`() throws {
    let batch = SpanBatch()
    let body = B.request([B.span()], resource: [KeyValue("service.name", .string("s"))])
    _ = try decoder.traces(body, into: batch)
    _ = try decoder.traces(body, tenant: .init(2), into: batch)
    #expect(batch.resources.rowCount == 2)
    #expect(batch.rows.batchID[0] == batch.rows.batchID[1])
    #expect((0..<2).map { batch.rows.tenant[$0] } == [1, 2])
  }
}
