import OTLP
import Protobuf

/// A generator of the same numbers for the same seed (SplitMix64, https://prng.di.unimi.it/splitmix64.c).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }

  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[Int(next() % UInt64(choices.count))] }

  mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }
}

/// Export requests of records whose every number is at or near an end of its type, and whose values take every shape.
struct RandomRecords {
  var generator: SeededGenerator
  /// A time of some records.
  let now: UInt64

  init(seed: UInt64, now: UInt64) {
    generator = SeededGenerator(seed: seed)
    self.now = now
  }

  private static let whole: [UInt64] = [
    0, 1, 2, 1 << 31 - 1, 1 << 31, 1 << 32 - 1, 1 << 32, 1 << 52, 1 << 53 + 1, 1 << 62, UInt64(Int64.max) - 1,
    UInt64(Int64.max), 1 << 63, .max - 1, .max,
  ]
  /// With the first and last nanoseconds of the days at both ends of what 64 bits hold.
  private static let times: [UInt64] =
    whole + [
      86_399_999_999_999, 86_400_000_000_000, 9_223_286_399_999_999_999, 9_223_286_400_000_000_000,
      4_102_444_800_000_000_000,
    ]
  private static let doubles: [Double] = [
    0, -0.0, 1, -1, 0.5, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    .leastNonzeroMagnitude, 1e18, 1e19, 0x1p53, -0x1p63,
  ]
  private static let texts = [
    "", "0", "-1", "18446744073709551615", "1e999", "NaN", "\u{0}", "\u{1}\n\"\\", "é", "\u{10ffff}", "{}", "[\"",
    "[\"stop\"]", "\"m1\"", "{\"input\":1e400}", "{\"model\":{\"model\":[]}}", "2026-11-21T08:00:00.25Z", "%_",
  ]
  /// Keys that fill typed columns, beside any other.
  private static let keys = [
    "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model",
    "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.response.time_to_first_chunk", "ai.response.msToFirstChunk", "gen_ai.server.time_per_output_token",
    "gen_ai.response.finish_reasons", "gen_ai.conversation.id", "user.id", "error.type", "hw.id", "gpu.0.node_id",
    "langfuse.observation.usage_details", "langfuse.observation.completion_start_time", "mlflow.spanType",
    "mlflow.chat.tokenUsage", "llm.invocation_parameters", "llm.model_name", "", "a", "b.c",
  ]

  private mutating func whole() -> UInt64 { generator.chance(50) ? generator.pick(Self.whole) : generator.next() }
  private mutating func time() -> UInt64 {
    if generator.chance(50) { return now &- generator.next() % 3_600_000_000_000 }
    return generator.chance(80) ? generator.pick(Self.times) : generator.next() >> (generator.next() % 40)
  }
  private mutating func double() -> Double {
    generator.chance(70) ? generator.pick(Self.doubles) : Double(bitPattern: generator.next())
  }
  private mutating func text() -> String { generator.pick(Self.texts) }
  private mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  /// A value of any shape; now and then one as deep as is taken.
  private mutating func value(_ depth: Int = 0) -> AnyValue {
    if depth == 0, generator.chance(3) { return deepest() }
    switch generator.next() % (depth < 4 ? 8 : 6) {
    case 0: return .empty
    case 1: return .string(text())
    case 2: return .bool(generator.chance(50))
    case 3: return .int(Int64(bitPattern: whole()))
    case 4: return .double(double())
    case 5: return .bytes(bytes(3))
    case 6: return .array((0..<generator.next() % 3).map { _ in value(depth + 1) })
    default:
      return .keyValueList(
        (0..<generator.next() % 3).map { _ in KeyValue(generator.pick(Self.keys), value(depth + 1)) })
    }
  }

  private mutating func deepest() -> AnyValue {
    let isList = generator.chance(50)
    return (0..<63).reduce(AnyValue.int(1)) { value, _ in
      isList ? .array([value]) : .keyValueList([KeyValue("k", value)])
    }
  }

  private mutating func attributes(_ count: UInt64) -> [KeyValue] {
    (0..<generator.next() % (count + 1)).map { _ in KeyValue(generator.pick(Self.keys), value()) }
  }

  // MARK: Records

  mutating func span() -> [UInt8] {
    var span = ProtobufWriter()
    span.bytes(SpanField.traceID, bytes(16))
    span.bytes(SpanField.spanID, bytes(8))
    if generator.chance(30) { span.bytes(SpanField.parentSpanID, bytes(8)) }
    span.string(SpanField.name, text())
    span.varint(SpanField.kind, whole())
    span.fixed64(SpanField.startTime, time())
    span.fixed64(SpanField.endTime, time())
    span.fixed32(SpanField.flags, UInt32(truncatingIfNeeded: whole()))
    span.string(SpanField.traceState, text())
    for field in [SpanField.droppedAttributes, SpanField.droppedEvents, SpanField.droppedLinks] {
      span.varint(field, whole())
    }
    for attribute in attributes(8) { attribute.writeProtobuf(field: SpanField.attributes, to: &span) }
    for _ in 0..<generator.next() % 3 {
      var event = ProtobufWriter()
      event.fixed64(EventField.time, time())
      event.string(EventField.name, generator.pick(["exception", "gen_ai.choice", "First Token Stream Event", text()]))
      event.varint(EventField.droppedAttributes, whole())
      for attribute in attributes(3) { attribute.writeProtobuf(field: EventField.attributes, to: &event) }
      span.bytes(SpanField.events, event.bytes)
    }
    for _ in 0..<generator.next() % 2 {
      var link = ProtobufWriter()
      link.bytes(LinkField.traceID, bytes(16))
      link.bytes(LinkField.spanID, bytes(8))
      link.fixed32(LinkField.flags, UInt32(truncatingIfNeeded: whole()))
      for attribute in attributes(2) { attribute.writeProtobuf(field: LinkField.attributes, to: &link) }
      span.bytes(SpanField.links, link.bytes)
    }
    let code = whole()
    let message = text()
    span.message(SpanField.status) { status in
      status.string(StatusField.message, message)
      status.varint(StatusField.code, code)
    }
    return span.bytes
  }

  mutating func log() -> [UInt8] {
    var record = ProtobufWriter()
    record.fixed64(LogRecordField.time, time())
    record.fixed64(LogRecordField.observedTime, time())
    record.varint(LogRecordField.severityNumber, whole())
    record.string(LogRecordField.severityText, text())
    let body = value()
    record.message(LogRecordField.body) { body.writeProtobuf(to: &$0) }
    record.varint(LogRecordField.droppedAttributes, whole())
    record.fixed32(LogRecordField.flags, UInt32(truncatingIfNeeded: whole()))
    record.bytes(LogRecordField.traceID, bytes(generator.pick([0, 16, 15])))
    record.bytes(LogRecordField.spanID, bytes(generator.pick([0, 8, 9])))
    record.string(LogRecordField.eventName, text())
    for attribute in attributes(6) { attribute.writeProtobuf(field: LogRecordField.attributes, to: &record) }
    return record.bytes
  }

  // MARK: Requests

  mutating func request(_ count: Int, _ record: (inout RandomRecords) -> [UInt8]) -> [UInt8] {
    let resource = [KeyValue("service.name", .string(generator.pick(["s1", "s2"])))] + attributes(4)
    let scope = attributes(3)
    let records = (0..<count).map { _ in record(&self) }
    var writer = ProtobufWriter()
    writer.message(EnvelopeField.resourceGroups) { group in
      group.message(EnvelopeField.resource) { message in
        for attribute in resource { attribute.writeProtobuf(field: ResourceField.attributes, to: &message) }
      }
      group.message(EnvelopeField.scopeGroups) { scopeGroup in
        scopeGroup.message(EnvelopeField.scope) { message in
          message.string(ScopeField.name, "scope")
          for attribute in scope { attribute.writeProtobuf(field: ScopeField.attributes, to: &message) }
        }
        for record in records { scopeGroup.bytes(EnvelopeField.records, record) }
      }
    }
    return writer.bytes
  }
}
