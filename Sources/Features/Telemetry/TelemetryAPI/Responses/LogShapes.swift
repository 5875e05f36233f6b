import API
import Base
import TelemetryQueries

extension JSONShape where Value == StoredLog {
  /// A log record; the OpenAPI document's `LogRecord`.
  static var logRecord: JSONShape {
    object { log in
      log.member("time_unix_nano", .nanoseconds) { $0.time }
      log.member("observed_time_unix_nano", .nanoseconds) { $0.observedTime }
      log.member("severity_number", .integer) { $0.severityNumber }
      log.member("severity_text", .string) { $0.severityText }
      log.member("body", .attributeValue) { $0.body }
      log.member("trace_id", .orNull(.traceID)) { $0.traceID }
      log.member("span_id", .orNull(.spanID)) { $0.spanID }
      log.member("flags", .integer) { $0.flags }
      log.member("service_name", .string) { $0.serviceName }
      log.member("event_name", .string) { $0.eventName }
      log.member("attributes", .attributes) { $0.attributes }
      log.member("dropped_attributes_count", .integer) { $0.droppedAttributeCount }
      log.member("resource", .attributes) { $0.resource.attributes }
      log.member("scope", .scopeName) { $0.scope }
    }
    .named("LogRecord")
  }
}

extension JSONShape where Value == StoredScope {
  fileprivate static var scopeName: JSONShape {
    object { scope in
      scope.member("name", .string) { $0.name }
      scope.member("version", .string) { $0.version }
    }
  }
}
