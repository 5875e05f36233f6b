package import SQLBuilder

/// The tables and views of telemetry.
extension SQLTable {
  package static let spans = SQLTable("spans")
  package static let resources = SQLTable("resources")
  package static let scopes = SQLTable("scopes")
  package static let traces = SQLTable("traces")
  package static let operations = SQLTable("operations")
  package static let logs = SQLTable("logs")
  package static let spanMinutes = SQLTable("span_minutes")
  package static let spanHalfHours = SQLTable("span_half_hours")
  package static let gpuHours = SQLTable("gpu_hours")
  /// What ``spanHalfHours`` holds, by service and by model alone; newer rows come from its views.
  package static let labelDurations = SQLTable("label_durations")
  /// What ``gpuHours`` holds without durations; newer rows come from its views.
  package static let gpuHourSums = SQLTable("gpu_hour_sums")
  package static let lateOuterSpans = SQLTable("late_outer_spans")
  package static let traceOwners = SQLTable("trace_owners")
  package static let attributeKeys = SQLTable("attribute_keys")
  /// The spans with all their attributes in one map again.
  package static let spansWithAttributes = SQLTable("spans_with_attributes")
}
