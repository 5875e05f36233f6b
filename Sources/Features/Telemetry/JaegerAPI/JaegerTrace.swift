import API
import Base
import JSON
import OTLP
import Telemetry
import TelemetryQueries

/// A trace in the JSON model of Jaeger's interface (jaegertracing/jaeger, `internal/uimodel/model.go`).
///
/// OpenTelemetry's fields that Jaeger has no place for become tags, by the names of
/// https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/.
private struct JaegerTrace: Sendable {
  let traceID: TraceID
  let spans: [JaegerSpan]
  let processes: [JaegerProcess]
  let warnings: [String]

  init(_ trace: StoredTrace) {
    var processes = JaegerProcesses()
    traceID = trace.traceID
    spans = trace.spans.map { JaegerSpan(span: $0, processID: processes.id(of: $0)) }
    self.processes = processes.all
    let pages = "/api/v1/traces/\(trace.traceID)/spans"
    warnings =
      trace.isTruncated ? ["The trace has more spans than one response holds; \(pages) pages through all."] : []
  }
}

/// A span and the id of its process within the trace.
private struct JaegerSpan: Sendable {
  let span: StoredSpan
  let processID: String

  /// The W3C trace flags; OTLP keeps others above them.
  var flags: UInt32 { span.flags & 0xff }

  /// The parent is the first reference; links follow.
  var references: [JaegerReference] {
    let parent = span.parentSpanID.map { JaegerReference(type: .childOf, traceID: span.traceID, spanID: $0) }
    let links = span.links.map { JaegerReference(type: .followsFrom, traceID: $0.traceID, spanID: $0.spanID) }
    return (parent.map { [$0] } ?? []) + links
  }

  var warnings: [String] {
    span.durationNanoseconds < 0 ? ["The span ends before it starts; its clock went back."] : []
  }
}

private struct JaegerReference: Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case childOf = "CHILD_OF"
    case followsFrom = "FOLLOWS_FROM"
  }

  let type: Kind
  let traceID: TraceID
  let spanID: SpanID
}

extension TraceID {
  /// The id as Jaeger writes it: 32 digits, or 16 when the upper half is zero.
  var jaegerText: String { high == 0 ? Hex.encode(low) : description }
}

// MARK: - Shapes

extension JSONShape where Value == StoredTrace {
  static var jaegerTrace: JSONShape { JSONShape<JaegerTrace>.trace.of { JaegerTrace($0) } }
}

extension JSONShape where Value == JaegerTrace {
  fileprivate static var trace: JSONShape {
    object { trace in
      trace.member("traceID", .jaegerTraceID) { $0.traceID }
      trace.member("spans", .list(.span)) { $0.spans }
      trace.member("processes", .objectByName(.process)) { trace in
        trace.processes.map { (name: $0.id, value: $0) }
      }
      trace.member("warnings", .jaegerWarnings) { $0.warnings }
    }
  }
}

extension JSONShape where Value == JaegerSpan {
  fileprivate static var span: JSONShape {
    object { span in
      span.member("traceID", .jaegerTraceID) { $0.span.traceID }
      span.member("spanID", .spanID) { $0.span.spanID }
      span.optionalMember("flags", .integer) { $0.flags == 0 ? nil : $0.flags }
      span.member("operationName", .string) { $0.span.name }
      span.member("references", .list(.reference)) { $0.references }
      span.member("startTime", .microseconds) { $0.span.start.rawValue }
      span.member("duration", .microseconds) { $0.span.durationNanoseconds }
      span.member("tags", .list(.jaegerTag)) { JaegerTag.tags(of: $0.span) }
      span.member("logs", .list(.log)) { $0.span.events }
      span.member("processID", .string) { $0.processID }
      span.member("warnings", .jaegerWarnings) { $0.warnings }
    }
  }
}

extension JSONShape where Value == JaegerReference {
  fileprivate static var reference: JSONShape {
    object { reference in
      reference.member("refType", .choice) { $0.type }
      reference.member("traceID", .jaegerTraceID) { $0.traceID }
      reference.member("spanID", .spanID) { $0.spanID }
    }
  }
}

extension JSONShape where Value == StoredEvent {
  fileprivate static var log: JSONShape {
    object { log in
      log.member("timestamp", .microseconds) { $0.time.rawValue }
      log.member("fields", .list(.jaegerTag)) { JaegerTag.tags(of: $0) }
    }
  }
}

extension JSONShape where Value == TraceID {
  fileprivate static var jaegerTraceID: JSONShape {
    let pattern = JSONValue.string("^([0-9a-f]{16}|[0-9a-f]{32})$")
    return JSONShape(Schema.json([("type", .string("string")), ("pattern", pattern)])) { $1.string($0.jaegerText) }
  }
}

extension JSONShape where Value == Int64 {
  /// Nanoseconds as whole microseconds, from 0.
  fileprivate static var microseconds: JSONShape { integer.of { max(0, $0) / 1_000 } }
}

extension JSONShape where Value == [String] {
  fileprivate static var jaegerWarnings: JSONShape {
    JSONShape<[String]?>.orNull(.list(.string)).of { $0.isEmpty ? nil : $0 }
  }
}
