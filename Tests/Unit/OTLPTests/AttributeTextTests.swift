import Columns
import JSON
import OTLP
import Protobuf
import Testing

@Suite struct AttributeTextTests {
  @Test(
    arguments: [
      (0, "", "null"), (1, "a\"b", #""a\"b""#), (2, "true", "true"), (2, "false", "false"), (3, "-17", "-17"),
      (3, "9007199254740991", "9007199254740991"), (3, "9007199254740992", #""9007199254740992""#),
      (4, "0.5", "0.5"), (4, "NaN", #""NaN""#), (4, "-Infinity", #""-Infinity""#), (4, "1.0", "1.0"),
      (5, "AQI=", #""AQI=""#),
      (
        6, #"{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"x"},{},{"doubleValue":"NaN"}]}}"#,
        #"[1,"x",null,"NaN"]"#
      ),
      (6, #"{"arrayValue":{}}"#, "[]"),
      (
        7,
        #"{"kvlistValue":{"values":[{"key":"a","value":{"boolValue":true}},{"key":"b","value":{"kvlistValue":{"values":[]}}}]}}"#,
        #"{"a":true,"b":{}}"#
      ),
      (6, "damaged", #""damaged""#), (3, "x", #""x""#), (99, "x", #""x""#),
    ] as [(UInt8, String, String)])
  func `a stored value becomes native JSON`(type: UInt8, text: String, json: String) {
    var writer = JSONWriter()
    AttributeText.writeJSON(type: type, text: Array(text.utf8)[...], to: &writer)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == json)
  }

  @Test(arguments: [
    ("", "{}"),
    (#"[{"key":"k","value":{"intValue":"5"}},{"key":"e","value":{}},{"key":"n"}]"#, #"{"k":5,"e":null,"n":null}"#),
  ])
  func `a stored list of pairs becomes a native object`(text: String, json: String) {
    var writer = JSONWriter()
    AttributeText.writeJSONObject(keyValues: Array(text.utf8)[...], to: &writer)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == json)
  }

  @Test(arguments: [
    AnyValue.empty, .string("é"), .bool(false), .int(.min), .double(0.1), .double(-.infinity), .bytes([0, 255, 1]),
    .array([.int(1), .array([]), .empty]),
    .keyValueList([KeyValue("a", .bytes([])), KeyValue("b", .keyValueList([KeyValue("", .string("\u{0}"))]))]),
  ])
  func `a value survives OTLP JSON, and protobuf written as text`(value: AnyValue) {
    var writer = JSONWriter()
    value.writeOTLPJSON(to: &writer)
    #expect(AnyValue(otlpJSON: writer.bytes[...]) == value)
    var message = ProtobufWriter()
    value.writeProtobuf(to: &message)
    #expect(text(ofMessage: message.bytes) == .success(String(decoding: writer.bytes, as: UTF8.self)))
  }

  @Test func `the last value of a oneof counts`() {
    var message = ProtobufWriter()
    AnyValue.int(1).writeProtobuf(to: &message)
    message.varint(99, 1)
    AnyValue.string("x").writeProtobuf(to: &message)
    #expect(text(ofMessage: message.bytes) == .success(#"{"stringValue":"x"}"#))
  }

  @Test func `nesting has a limit`() {
    var value = AnyValue.int(1)
    for _ in 0..<AnyValueText.depthMax - 1 { value = .array([value]) }
    var message = ProtobufWriter()
    value.writeProtobuf(to: &message)
    guard case .success = text(ofMessage: message.bytes) else {
      Issue.record("the deepest value was refused")
      return
    }
    message.removeAll()
    AnyValue.array([value]).writeProtobuf(to: &message)
    guard case .failure(let error) = text(ofMessage: message.bytes) else {
      Issue.record("a value beyond the limit was taken")
      return
    }
    #expect(error.reason == .tooDeep)
  }

  private func text(ofMessage bytes: [UInt8]) -> Result<String, ProtobufError> {
    unsafe bytes.withUnsafeBytes { memory in
      let column = StringColumn()
      var allowance = TextAllowance(column.bytes)
      do throws(ProtobufError) {
        try AnyValueText.append(unsafe ProtobufReader(memory), to: column.bytes, within: &allowance)
        column.endRow()
        return .success(column[0])
      } catch {
        return .failure(error)
      }
    }
  }
}
