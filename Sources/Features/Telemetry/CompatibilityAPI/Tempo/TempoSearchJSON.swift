import Base
import JSON
import OTLP
import TelemetryQueries

/// A found trace as Tempo's message `TraceSearchMetadata` in JSON.
enum TempoSearchJSON {
  /// What Tempo calls a root that it has not seen.
  private static let unknownRoot = "<root span not yet received>"

  static func write(_ trace: TraceSummary, _ spanSet: TempoMatches.SpanSet?, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("traceID", trace.traceID.description)
      writer.member("rootServiceName", trace.rootService ?? unknownRoot)
      writer.member("rootTraceName", trace.rootName ?? unknownRoot)
      writer.member("startTimeUnixNano", String(UInt64(bitPattern: trace.start.rawValue)))
      writer.member("durationMs", max(0, trace.durationNanoseconds) / 1_000_000)
      if let spanSet {
        writer.key("spanSets")
        writer.array { writer in write(spanSet, to: &writer) }
        // Older clients read the first set by its deprecated name.
        writer.key("spanSet")
        write(spanSet, to: &writer)
      }
      writer.key("serviceStats")
      writer.object { writer in
        for service in trace.services {
          writer.key(service.name)
          writer.object { writer in
            writer.member("spanCount", service.spanCount)
            if service.errorCount > 0 { writer.member("errorCount", service.errorCount) }
          }
        }
      }
    }
  }

  private static func write(_ spanSet: TempoMatches.SpanSet, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("spans")
      writer.array { writer in
        for span in spanSet.spans { write(span, spanSet, to: &writer) }
      }
      writer.member("matched", spanSet.matchedCount)
    }
  }

  private static func write(_ span: StoredSpan, _ spanSet: TempoMatches.SpanSet, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("spanID", span.spanID.description)
      writer.member("name", span.name)
      writer.member("startTimeUnixNano", String(UInt64(bitPattern: span.start.rawValue)))
      writer.member("durationNanos", String(max(0, span.durationNanoseconds)))
      let values = spanSet.fields.compactMap { span.value(of: $0) }
      guard !values.isEmpty else { return }
      writer.key("attributes")
      writer.array { writer in
        for value in values { value.writeOTLPJSON(to: &writer) }
      }
    }
  }
}
