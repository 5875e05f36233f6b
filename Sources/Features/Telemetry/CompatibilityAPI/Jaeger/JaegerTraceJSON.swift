import Base
import JSON
import OTLP
import Telemetry
import TelemetryQueries

/// Traces in the JSON model of Jaeger's interface (jaegertracing/jaeger, `internal/uimodel/model.go`).
///
/// OpenTelemetry's fields that Jaeger has no place for become tags, by the names of
/// https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/.
enum JaegerTraceJSON {
  static func write(_ trace: StoredTrace, to writer: inout JSONWriter) {
    var processes = JaegerProcesses()
    writer.object { writer in
      writer.member("traceID", text(trace.traceID))
      writer.key("spans")
      writer.array { writer in
        for span in trace.spans { write(span, process: processes.id(of: span), to: &writer) }
      }
      writer.key("processes")
      processes.write(to: &writer)
      let pages = "/api/v1/traces/\(trace.traceID)/spans"
      let warning = "The trace has more spans than one response holds; \(pages) pages through all."
      warnings(trace.isTruncated ? [warning] : [], to: &writer)
    }
  }

  /// An id as Jaeger writes it: 32 digits, or 16 when the upper half is zero.
  static func text(_ id: TraceID) -> String { id.high == 0 ? Hex.encode(id.low) : id.description }

  /// The W3C trace flags of a span; OTLP keeps others above them.
  private static func flags(_ span: StoredSpan) -> UInt32 { span.flags & 0xff }

  private static func write(_ span: StoredSpan, process: String, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("traceID", text(span.traceID))
      writer.member("spanID", span.spanID.description)
      if flags(span) != 0 { writer.member("flags", flags(span)) }
      writer.member("operationName", span.name)
      writer.key("references")
      references(span, to: &writer)
      writer.member("startTime", max(0, span.start.rawValue) / 1_000)
      writer.member("duration", max(0, span.durationNanoseconds) / 1_000)
      writer.key("tags")
      writer.array { writer in
        for tag in JaegerTag.tags(of: span) { tag.write(to: &writer) }
      }
      writer.key("logs")
      writer.array { writer in
        for event in span.events { write(event, to: &writer) }
      }
      writer.member("processID", process)
      let warning = "The span ends before it starts; its clock went back."
      warnings(span.durationNanoseconds < 0 ? [warning] : [], to: &writer)
    }
  }

  /// The parent is the first reference; links follow.
  private static func references(_ span: StoredSpan, to writer: inout JSONWriter) {
    writer.array { writer in
      if let parent = span.parentSpanID { reference("CHILD_OF", span.traceID, parent, to: &writer) }
      for link in span.links { reference("FOLLOWS_FROM", link.traceID, link.spanID, to: &writer) }
    }
  }

  private static func reference(_ type: String, _ trace: TraceID, _ span: SpanID, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("refType", type)
      writer.member("traceID", text(trace))
      writer.member("spanID", span.description)
    }
  }

  private static func write(_ event: StoredEvent, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("timestamp", max(0, event.time.rawValue) / 1_000)
      writer.key("fields")
      writer.array { writer in
        if !event.name.isEmpty { JaegerTag("event", .string(event.name)).write(to: &writer) }
        for pair in KeyValue.list(otlpJSON: Array(event.attributesText.utf8)[...]) {
          JaegerTag(pair.key, pair.value).write(to: &writer)
        }
      }
    }
  }

  private static func warnings(_ warnings: [String], to writer: inout JSONWriter) {
    writer.key("warnings")
    guard !warnings.isEmpty else { return writer.null() }
    writer.array { writer in
      for warning in warnings { writer.string(warning) }
    }
  }
}
