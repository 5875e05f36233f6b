import Columns
import OTLP
import OTLPDecoding
import Protobuf
import Telemetry
import Testing

/// Spans that tell different things beside one another: a column that a span leaves out is filled later, and must not
/// take its neighbour's value.
@Suite struct UnevenSpanTests {
  private typealias B = RequestBuilder

  /// What a span of the test tells beside its ids and times.
  enum Told: Int, CaseIterable {
    case nothing, events, links, traceState, status, dropped, attributes, exception, badID, tooDeep

    /// Whether the span is taken.
    var isAccepted: Bool { self != .badID && self != .tooDeep }

    /// What the column `details` must hold.
    var details: String {
      switch self {
      case .events: #"{"events":[{"name":"one"},{"name":"two"}]}"#
      case .links: #"{"links":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}]}"#
      case .traceState: #"{"traceState":"a=1"}"#
      case .dropped: #"{"droppedLinksCount":3}"#
      case .exception:
        #"{"events":[{"name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"ValueError"}}]}]}"#
      case .nothing, .status, .attributes, .badID, .tooDeep: ""
      }
    }
  }

  private static func span(_ told: Told) -> [UInt8] {
    B.span(traceID: told == .badID ? [1] : B.traceID, status: told == .exception ? 2 : 0) { writer in
      switch told {
      case .nothing: break
      case .events, .badID:
        for name in ["one", "two"] { writer.message(SpanField.events) { $0.string(EventField.name, name) } }
      case .links:
        writer.message(SpanField.links) { link in
          link.bytes(LinkField.traceID, B.traceID)
          link.bytes(LinkField.spanID, B.spanID)
        }
      case .traceState: writer.string(SpanField.traceState, "a=1")
      case .status: writer.message(SpanField.status) { $0.string(StatusField.message, "told") }
      case .dropped: writer.varint(SpanField.droppedLinks, 3)
      case .attributes:
        for attribute in [
          KeyValue("gen_ai.request.model", .string("m")), KeyValue("gen_ai.response.time_to_first_chunk", .double(0.5)),
          KeyValue("gen_ai.usage.output_tokens", .int(6)), KeyValue("session.id", .string("s")),
          KeyValue("user.id", .string("u")), KeyValue("gpu.uuid", .string("GPU-1")),
          KeyValue("host.name", .string("host")),
        ] { attribute.writeProtobuf(field: SpanField.attributes, to: &writer) }
      case .exception:
        writer.message(SpanField.events) { event in
          event.string(EventField.name, "exception")
          KeyValue("exception.type", .string("ValueError")).writeProtobuf(field: EventField.attributes, to: &event)
        }
      case .tooDeep:
        KeyValue("user.id", .string("lost")).writeProtobuf(field: SpanField.attributes, to: &writer)
        var value = AnyValue.string("x")
        for _ in 0..<80 { value = .array([value]) }
        KeyValue("deep", value).writeProtobuf(field: SpanField.attributes, to: &writer)
      }
    }
  }

  @Test(arguments: 0..<8)
  func `each row holds what its span tells`(seed: Int) throws {
    var state = UInt64(seed)
    let stories = (0..<3).map { _ in
      (0..<40).map { _ -> Told in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Told.allCases[Int(state >> 33) % Told.allCases.count]
      }
    }
    let batch = SpanBatch()
    let decoder = OTLPDecoder()
    for (index, story) in stories.enumerated() {
      // The second request has a node and a GPU for all its spans.
      let resource = index == 1 ? [KeyValue("host.name", .string("node")), KeyValue("gpu.uuid", .string("GPU-0"))] : []
      let outcome = try decoder.traces(B.request(story.map(Self.span), resource: resource), into: batch)
      #expect(outcome.accepted == story.count { $0.isAccepted })
      #expect(outcome.rejected == story.count { !$0.isAccepted })
    }
    let rows = batch.rows
    let told = stories.enumerated().flatMap { index, story in story.filter(\.isAccepted).map { (index, $0) } }
    try #require(batch.rowCount == told.count)
    for (row, (request, told)) in told.enumerated() {
      let hasAttributes = told == .attributes
      #expect(rows.tenant[row] == 1)
      #expect(rows.spanID[row] == 0x0102_0304_0506_0708)
      #expect(rows.resourceID[row] == batch.resources.resourceID[request == 1 ? 1 : 0])
      #expect(rows.serviceName[row] == "unknown_service")
      #expect((rows.batchID[row] == rows.batchID[0]) == (request == 0))
      #expect(rows.details[row] == told.details)
      #expect(rows.statusMessage[row] == (told == .status ? "told" : ""))
      #expect(rows.statusCode[row] == (told == .exception ? 2 : 0))
      #expect(rows.requestModel[row] == (hasAttributes ? "m" : ""))
      #expect(rows.outputTokens[row] == (hasAttributes ? 6 : nil))
      #expect(rows.inputTokens[row] == nil)
      #expect(rows.ttftNanoseconds[row] == (hasAttributes ? 500_000_000 : nil))
      #expect(rows.tpotNanoseconds[row] == (hasAttributes ? 100_000_000 : nil))
      #expect(rows.sessionID[row] == (hasAttributes ? "s" : ""))
      #expect(rows.userID[row] == (hasAttributes ? "u" : ""))
      #expect(rows.errorType[row] == (told == .exception ? "ValueError" : ""))
      #expect(rows.nodeID[row] == (hasAttributes ? "host" : request == 1 ? "node" : ""))
      let gpus = rows.gpuIDs.range(row).map { rows.gpuIDs.elements[$0] }
      #expect(gpus == (hasAttributes ? ["GPU-1"] : request == 1 ? ["GPU-0"] : []))
      let promoted: [PromotedAttribute] = hasAttributes ? [.requestModel, .outputTokens, .userID] : []
      #expect(rows.promoted[row] == promoted.reduce(0) { $0 | $1.mask })
      #expect(rows.attributes[row].count == (hasAttributes ? 4 : 0))
    }
  }
}
