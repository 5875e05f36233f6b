import Base
import JSON
import TelemetryQueries

/// A log record as the API writes it; the OpenAPI document's `LogRecord`.
enum LogJSON {
  static func write(_ log: StoredLog, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("time_unix_nano", String(log.time.rawValue))
      writer.member("observed_time_unix_nano", String(log.observedTime.rawValue))
      writer.member("severity_number", log.severityNumber)
      writer.member("severity_text", log.severityText)
      writer.key("body")
      AttributeJSON.write(value: log.body, to: &writer)
      writer.member("trace_id", log.traceID?.description)
      writer.member("span_id", log.spanID?.description)
      writer.member("flags", log.flags)
      writer.member("service_name", log.serviceName)
      writer.member("event_name", log.eventName)
      writer.key("attributes")
      AttributeJSON.write(log.attributes, to: &writer)
      writer.member("dropped_attributes_count", log.droppedAttributeCount)
      writer.key("resource")
      AttributeJSON.write(log.resource.attributes, to: &writer)
      writer.key("scope")
      writer.object { writer in
        writer.member("name", log.scope.name)
        writer.member("version", log.scope.version)
      }
    }
  }
}
