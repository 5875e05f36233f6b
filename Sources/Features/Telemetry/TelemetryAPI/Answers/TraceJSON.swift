import Base
import JSON
import Telemetry
import TelemetryQueries

/// Traces as the API writes them; the OpenAPI document's `TraceSummary` and `Trace`.
enum TraceJSON {
  static func write(_ trace: TraceSummary, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("trace_id", trace.traceID.description)
      writer.member("root_name", trace.rootName)
      writer.member("root_service", trace.rootService)
      writer.member("start_time_unix_nano", String(trace.start.rawValue))
      writer.member("end_time_unix_nano", String(trace.start.rawValue &+ trace.durationNanoseconds))
      writer.key("duration_ns")
      writer.exactInt(trace.durationNanoseconds)
      writer.member("span_count", trace.spanCount)
      writer.member("error_count", trace.errorCount)
      writer.key("services")
      writer.array { writer in
        for service in trace.services { write(service, to: &writer) }
      }
      writer.key("models")
      writer.array { writer in
        for model in trace.models { writer.string(model) }
      }
      writer.key("input_tokens")
      writer.exactInt(trace.inputTokens)
      writer.key("output_tokens")
      writer.exactInt(trace.outputTokens)
    }
  }

  private static func write(_ service: ServiceCount, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", service.name)
      writer.member("span_count", service.spanCount)
      writer.member("error_count", service.errorCount)
    }
  }

  static func write(_ trace: StoredTrace, to writer: inout JSONWriter) {
    let start = trace.spans.map(\.start.rawValue).min() ?? 0
    let end = trace.spans.map { $0.start.rawValue &+ max(0, $0.durationNanoseconds) }.max() ?? start
    let root = trace.spans.first { $0.parentSpanID == nil }
    let tokens = trace.tokens
    writer.object { writer in
      writer.member("trace_id", trace.traceID.description)
      writer.member("root_name", root?.name)
      writer.member("root_service", root?.serviceName)
      writer.member("start_time_unix_nano", String(start))
      writer.member("end_time_unix_nano", String(end))
      writer.key("duration_ns")
      writer.exactInt(end &- start)
      writer.member("span_count", trace.spans.count)
      writer.member("error_count", trace.spans.count { $0.status == .error })
      writer.key("input_tokens")
      writer.exactInt(tokens.input)
      writer.key("output_tokens")
      writer.exactInt(tokens.output)
      // Whether the trace has more spans than one answer holds; /spans pages through all of them.
      writer.member("truncated", trace.isTruncated)
      writer.key("spans")
      writer.array { writer in
        for span in trace.spans { SpanJSON.write(span, to: &writer) }
      }
    }
  }
}
