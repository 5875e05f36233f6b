import Columns
import Commit
import EmbeddedEngine
import Engine
import EngineTestSupport
import Glibc
import OTLP
import OTLPDecoding
import Telemetry
import Testing

/// Which attributes are stored in a typed column only; see `PromotedAttribute`.
@Suite struct PromotionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let attributes: [KeyValue]
    let promoted: [PromotedAttribute]
    /// What stays in the map, as `key=value`.
    let rest: [String]

    var testDescription: String { name }
  }

  private static func text(_ key: String, _ value: String) -> KeyValue { KeyValue(key, .string(value)) }
  private static func int(_ key: String, _ value: Int64) -> KeyValue { KeyValue(key, .int(value)) }

  private static let everyPromoted: [KeyValue] = PromotedAttribute.all.map {
    $0.isInteger ? int($0.key, Int64($0.bit)) : text($0.key, "value \($0.bit)")
  }

  static let cases: [Case] = [
    Case(name: "every promoted key", attributes: everyPromoted, promoted: PromotedAttribute.all, rest: []),
    Case(
      name: "every promoted key backwards", attributes: everyPromoted.reversed(), promoted: PromotedAttribute.all,
      rest: []),
    Case(
      name: "others before, between and behind",
      attributes: [
        text("a", "1"), text("user.id", "u"), text("b", "22"), text("c", ""), int("gen_ai.usage.input_tokens", 0),
        text("gen_ai.request.model", "m"), text("d", "4444"),
      ],
      promoted: [.requestModel, .inputTokens, .userID], rest: ["a=1", "b=22", "c=", "d=4444"]),
    Case(name: "none", attributes: [text("a", "1"), int("b", 2)], promoted: [], rest: ["a=1", "b=2"]),
    Case(
      name: "another spelling of the key fills the column and stays",
      attributes: [text("gen_ai.system", "openai"), int("gen_ai.usage.prompt_tokens", 5), text("User.Id", "u")],
      promoted: [], rest: ["gen_ai.system=openai", "gen_ai.usage.prompt_tokens=5", "User.Id=u"]),
    Case(
      name: "an older convention beside the key stays",
      attributes: [
        int("llm.token_count.prompt", 3), int("gen_ai.usage.input_tokens", 1), text("session.id", "old"),
        text("gen_ai.conversation.id", "new"),
      ],
      promoted: [.inputTokens, .conversationID], rest: ["llm.token_count.prompt=3", "session.id=old"]),
    Case(
      name: "a repeated key, whose last value the column holds",
      attributes: [
        text("user.id", "first"), text("user.id", "last"), int("gen_ai.usage.output_tokens", 1),
        int("gen_ai.usage.output_tokens", 2),
      ],
      promoted: [],
      rest: ["user.id=first", "user.id=last", "gen_ai.usage.output_tokens=1", "gen_ai.usage.output_tokens=2"]),
    Case(
      name: "a repeated key of equal values: the first goes",
      attributes: [
        text("user.id", "u"), text("user.id", "u"), int("gen_ai.usage.output_tokens", 7),
        int("gen_ai.usage.output_tokens", 7),
      ],
      promoted: [.outputTokens, .userID], rest: ["user.id=u", "gen_ai.usage.output_tokens=7"]),
    Case(
      name: "a repeated key, three times, the first and last equal",
      attributes: [text("user.id", "u"), text("user.id", "v"), text("user.id", "u")], promoted: [.userID],
      rest: ["user.id=v", "user.id=u"]),
    Case(
      name: "repeated keys of different values stay in their places",
      attributes: [
        text("a", "1"), text("user.id", "u"), text("gen_ai.request.model", "m"), int("gen_ai.usage.input_tokens", 1),
        text("error.type", "e"), text("b", "2"), int("gen_ai.usage.input_tokens", 2), text("gen_ai.request.model", "n"),
        text("user.id", "v"), text("c", "3"),
      ],
      promoted: [.errorType],
      rest: [
        "a=1", "user.id=u", "gen_ai.request.model=m", "gen_ai.usage.input_tokens=1", "b=2",
        "gen_ai.usage.input_tokens=2", "gen_ai.request.model=n", "user.id=v", "c=3",
      ]),
    Case(
      name: "a repeated key of equal text and different types",
      attributes: [text("user.id", "7"), int("user.id", 7)], promoted: [], rest: ["user.id=7", "user.id=7"]),
    Case(
      name: "another type",
      attributes: [
        int("user.id", 7), text("gen_ai.usage.input_tokens", "12"), KeyValue("gen_ai.usage.output_tokens", .double(3)),
        KeyValue("error.type", .bool(true)), KeyValue("gen_ai.request.model", .array([.string("m")])),
        KeyValue("gen_ai.response.model", .empty), KeyValue("gen_ai.conversation.id", .bytes([1])),
      ],
      promoted: [],
      rest: [
        "user.id=7", "gen_ai.usage.input_tokens=12", "gen_ai.usage.output_tokens=3.0", "error.type=true",
        #"gen_ai.request.model={"arrayValue":{"values":[{"stringValue":"m"}]}}"#, "gen_ai.response.model=",
        "gen_ai.conversation.id=AQ==",
      ]),
    Case(
      name: "empty text", attributes: [text("user.id", ""), text("error.type", "")], promoted: [],
      rest: ["user.id=", "error.type="]),
    Case(
      name: "negative and extreme numbers",
      attributes: [
        int("gen_ai.usage.input_tokens", -1), int("gen_ai.usage.output_tokens", .max),
        int("gen_ai.usage.reasoning.output_tokens", .min),
        int("gen_ai.usage.cache_read.input_tokens", 4_294_967_295),
        int("gen_ai.usage.cache_creation.input_tokens", 4_294_967_296),
      ],
      promoted: [.cachedTokens],
      rest: [
        "gen_ai.usage.input_tokens=-1", "gen_ai.usage.output_tokens=9223372036854775807",
        "gen_ai.usage.reasoning.output_tokens=-9223372036854775808",
        "gen_ai.usage.cache_creation.input_tokens=4294967296",
      ]),
    Case(
      name: "text that normalisation changes",
      attributes: [text("gen_ai.provider.name", "OpenAI"), text("gen_ai.operation.name", "Chat")], promoted: [],
      rest: ["gen_ai.provider.name=OpenAI", "gen_ai.operation.name=Chat"]),
    Case(
      name: "capitals elsewhere", attributes: [text("gen_ai.request.model", "Llama"), text("user.id", "U")],
      promoted: [.requestModel, .userID], rest: []),
  ]

  @Test(arguments: cases)
  func `a column that holds an attribute takes it out of the map`(given: Case) throws {
    let batch = SpanBatch()
    // Spans before and after show that only the open row is touched.
    let neighbour = [Self.text("n", "1"), Self.text("user.id", "neighbour"), Self.text("o", "2")]
    let body = RequestBuilder.request(
      [neighbour, given.attributes, neighbour].map { RequestBuilder.span(attributes: $0) })
    #expect(try OTLPDecoder().traces(body, into: batch).accepted == 3)
    let rows = batch.rows
    let expected: UInt32 = given.promoted.reduce(0) { $0 | $1.mask }
    #expect(
      (0..<3).map { rows.promoted[$0] } == [PromotedAttribute.userID.mask, expected, PromotedAttribute.userID.mask])
    #expect(rows.attributes[1].map { "\($0.key)=\($0.value)" } == given.rest)
    for row in [0, 2] { #expect(rows.attributes[row].map { "\($0.key)=\($0.value)" } == ["n=1", "o=2"]) }
    #expect(rows.promotedBits(1) == expected)
  }

  @Test func `the store gives every attribute back once, with its type`() throws {
    let batch = SpanBatch()
    // The store drops what is beyond its retention.
    let now = UInt64(time(nil)) * 1_000_000_000
    let body = RequestBuilder.request(Self.cases.map { RequestBuilder.span(start: now, attributes: $0.attributes) })
    _ = try OTLPDecoder().traces(body, into: batch)
    let store = try EngineFixture.store()
    for row in 0..<batch.rowCount { batch.rows.spanID[row] = UInt64(row) }
    try store.insert(batch.rows.columns, into: "spans")
    let stored = try store.query(
      SQLStatement("SELECT all_attributes AS a, all_attribute_types AS t FROM spans_with_attributes ORDER BY span_id"))
    try #require(stored.rowCount == Self.cases.count)
    for (row, given) in Self.cases.enumerated() {
      let (keys, values, range) = stored["a"].map(row)
      let (types, typeRange) = stored["t"].list(row)
      let found = zip(range, typeRange).map { Entry(keys.string($0), types.unsigned($1), values.string($0)) }
      #expect(found.sorted() == given.attributes.map(Entry.init).sorted(), "\(given.name)")
      let first = given.attributes.first { $0.key == "user.id" }.map(Entry.init)
      #expect(found.first { $0.key == "user.id" } == first, "the first of a repeated key stays the first")
    }
  }

  private struct Entry: Comparable {
    let key: String
    let type: UInt64
    let value: String

    init(_ key: String?, _ type: UInt64?, _ value: String?) {
      self.key = key ?? "none"
      self.type = type ?? .max
      self.value = value ?? "none"
    }

    init(_ attribute: KeyValue) {
      let block = SpanBatch()
      let body = RequestBuilder.request([RequestBuilder.span()], resource: [attribute])
      _ = try? OTLPDecoder().traces(body, into: block)
      let stored = block.resources.attributes[0][0]
      self.init(stored.key, UInt64(stored.type), stored.value)
    }

    static func < (one: Entry, other: Entry) -> Bool {
      (one.key, one.type, one.value) < (other.key, other.type, other.value)
    }
  }
}
