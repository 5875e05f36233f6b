import Columns
import OTLP
import OTLPDecoding
import Protobuf
import Telemetry
import Testing

/// Attributes as few exporters write them, which protobuf allows; they mean the same as others.
@Suite struct AttributeShapeTests {
  private typealias B = RequestBuilder
  typealias Body = @Sendable (_ key: String, inout ProtobufWriter) -> Void

  /// Ways to write the text "kept".
  static let texts: [(name: String, write: Body)] = [
    (
      "the value before the key",
      { key, pair in
        pair.message(KeyValueField.value) { $0.string(AnyValueField.string, "kept") }
        pair.string(KeyValueField.key, key)
      }
    ),
    (
      "unknown fields",
      { key, pair in
        pair.varint(9, 1)
        pair.string(KeyValueField.key, key)
        pair.message(KeyValueField.value) { value in
          value.string(AnyValueField.string, "kept")
          value.varint(99, 1)
        }
        pair.string(77, "later")
      }
    ),
    (
      "two keys",
      { key, pair in
        pair.string(KeyValueField.key, "another")
        pair.string(KeyValueField.key, key)
        pair.message(KeyValueField.value) { $0.string(AnyValueField.string, "kept") }
      }
    ),
    (
      "two members of a value",
      { key, pair in
        pair.string(KeyValueField.key, key)
        pair.message(KeyValueField.value) { value in
          value.varint(AnyValueField.int, 5)
          value.string(AnyValueField.string, "kept")
        }
      }
    ),
    (
      "a value in two parts",
      { key, pair in
        pair.string(KeyValueField.key, key)
        pair.message(KeyValueField.value) { $0.string(AnyValueField.string, "former") }
        pair.message(KeyValueField.value) { $0.string(AnyValueField.string, "kept") }
      }
    ),
    (
      "a value in two parts, the second empty",
      { key, pair in
        pair.string(KeyValueField.key, key)
        pair.message(KeyValueField.value) { $0.string(AnyValueField.string, "kept") }
        pair.message(KeyValueField.value) { _ in }
      }
    ),
  ]

  @Test(arguments: texts.indices)
  func `the shape of an attribute does not change what it says`(index: Int) throws {
    let batch = SpanBatch()
    let neighbours = [KeyValue("a", .string("1")), KeyValue("b", .int(2))]
    let span = B.span(attributes: neighbours) { writer in
      for key in ["user.id", "plain"] { writer.message(SpanField.attributes) { Self.texts[index].write(key, &$0) } }
      KeyValue("c", .bool(true)).writeProtobuf(field: SpanField.attributes, to: &writer)
    }
    #expect(try OTLPDecoder().traces(B.request([span, span]), into: batch).accepted == 2)
    for row in 0..<2 {
      #expect(batch.rows.attributes[row].map { "\($0.key)=\($0.value)" } == ["a=1", "b=2", "plain=kept", "c=true"])
      #expect(
        batch.rows.attributes[row].map(\.type) == [AttributeType.string, .int, .string, .bool].map(\.rawValue))
      #expect(batch.rows.userID[row] == "kept")
      #expect(batch.rows.promoted[row] == PromotedAttribute.userID.mask)
    }
  }

  @Test func `values without a member or of several are read`() throws {
    let batch = SpanBatch()
    let span = B.span { writer in
      writer.message(SpanField.attributes) { $0.string(KeyValueField.key, "user.id") }
      writer.message(SpanField.attributes) { pair in
        pair.string(KeyValueField.key, "gen_ai.usage.input_tokens")
        pair.message(KeyValueField.value) { value in
          value.string(AnyValueField.string, "text")
          value.varint(AnyValueField.int, 5)
        }
      }
      writer.message(SpanField.attributes) { pair in
        pair.string(KeyValueField.key, "error.type")
        pair.message(KeyValueField.value) { value in
          value.string(AnyValueField.string, "text")
          value.bytes(AnyValueField.bytes, [1])
        }
      }
    }
    #expect(try OTLPDecoder().traces(B.request([span]), into: batch).accepted == 1)
    #expect(batch.rows.attributes[0].map { "\($0.key)=\($0.value)" } == ["user.id=", "error.type=AQ=="])
    #expect(batch.rows.attributes[0].map(\.type) == [AttributeType.empty, .bytes].map(\.rawValue))
    #expect(batch.rows.inputTokens[0] == 5)
    #expect(batch.rows.promoted[0] == PromotedAttribute.inputTokens.mask)
  }

  @Test func `promoted text that is not UTF-8 is repaired`() throws {
    let batch = SpanBatch()
    let span = B.span { writer in
      for key in ["user.id", "gen_ai.request.model", "gen_ai.request.model"] {
        writer.message(SpanField.attributes) { pair in
          pair.string(KeyValueField.key, key)
          pair.message(KeyValueField.value) { $0.bytes(AnyValueField.string, [0x61, 0xc3]) }
        }
      }
    }
    #expect(try OTLPDecoder().traces(B.request([span]), into: batch).accepted == 1)
    #expect(batch.rows.userID[0] == "a\u{fffd}")
    #expect(batch.rows.requestModel[0] == "a\u{fffd}")
    #expect(batch.rows.promoted[0] == PromotedAttribute.userID.mask | PromotedAttribute.requestModel.mask)
    #expect(batch.rows.attributes[0].map(\.value) == ["a\u{fffd}"])
  }
}
