import Base
import Columns
package import Engine
import SQLBuilder

extension TenantTelemetry {
  /// The log records of a search, newest first, at most as many as its limit.
  package func logs(_ search: LogSearch) throws(QueryFailure) -> [StoredLog] {
    guard questionRange != nil else { return try asked(about: search.range).logs(search) }
    let newest = search.place.map { UnixNanoseconds($0.time) }
    return try NewestFirst.page(of: search.range, newest: newest, limit: search.limit) { part throws(QueryFailure) in
      try self.storedLogs(LogSQL.page(search, in: part))
    }
  }

  private func storedLogs(_ select: Select) throws(QueryFailure) -> [StoredLog] {
    let result = try rows(select)
    guard result.rowCount > 0 else { return [] }
    let resources = try resources(of: result)
    let scopes = try scopes(of: result)
    let (resourceIDs, scopeIDs) = (result["resource_id"], result["scope_id"])
    let (attributes, types) = (result["attributes"], result["attribute_types"])
    var logs = [StoredLog](repeating: StoredLog(), count: result.rowCount)
    for row in logs.indices {
      logs[row].resource = resources[resourceIDs.number(row)] ?? StoredResource()
      logs[row].scope = scopes[scopeIDs.number(row)] ?? StoredScope()
      logs[row].attributes = attributes.attributes(row, types: types)
    }
    for field in LogSQL.fields { field.read(result, into: &logs) }
    return logs
  }
}

/// The statements of a log search.
enum LogSQL {
  /// A number that differs between different records of one time.
  private static let tieBreaker: SQLFragment =
    "cityHash64(service_name, resource_id, trace_id, span_id, severity_number, body, mapValues(attributes))"

  /// What is read of a record.
  static let fields: [RecordField<StoredLog>] = [
    .init(time: "time", as: "time_ns") { $0.time = $1.time($2) },
    .init(time: "observed_time", as: "observed_ns") { $0.observedTime = $1.time($2) },
    .init("severity_number") { $0.severityNumber = $1.uint8($2) },
    .init("severity_text") { $0.severityText = $1.text($2) },
    .init("body") { $0.body.text = $1.text($2) },
    .init("body_type") { $0.body.type = AttributeType(rawValue: $1.uint8($2)) ?? .empty },
    .init("trace_id") { $0.traceID = $1.traceID($2).isValid ? $1.traceID($2) : nil },
    .init("span_id") { $0.spanID = SpanID($1.number($2)).isValid ? SpanID($1.number($2)) : nil },
    .init("flags") { $0.flags = $1.uint32($2) },
    .init("service_name") { $0.serviceName = $1.text($2) },
    .init("resource_id"), .init("scope_id"),
    .init("scope_name") { $0.scope.name = $1.text($2) },
    .init("scope_version") { $0.scope.version = $1.text($2) },
    .init("event_name") { $0.eventName = $1.text($2) },
    .init("attributes"), .init("attribute_types"),
    .init("dropped_attributes") { $0.droppedAttributeCount = $1.uint32($2) },
    .init(tieBreaker, as: "tie_breaker") { $0.tieBreaker = $1.number($2) },
  ]

  static func page(_ search: LogSearch, in part: TimeRange) -> Select {
    var conditions = part.conditions(on: "time")
    if let service = search.service { conditions.append("service_name = \(service)") }
    if let severity = search.severityMinimum { conditions.append("severity_number >= \(UInt64(severity))") }
    if let id = search.traceID { conditions.append(TenantTelemetry.isTrace(id)) }
    if let id = search.spanID { conditions.append("span_id = \(id.rawValue)") }
    if let text = search.text { conditions.append("positionCaseInsensitiveUTF8(body, \(text)) > 0") }
    conditions += search.attributes.map(\.recordCondition)
    if let place = search.place {
      conditions.append("(toUnixTimestamp64Nano(time), \(tieBreaker)) < (\(place.time), \(place.tieBreaker))")
    }
    var select = Select(
      fields.map(\.expression),
      from: .logs, where: conditions, orderBy: ["time DESC", "tie_breaker DESC"], limit: search.limit)
    select.limitBy = (1, ["time", "tie_breaker"])
    return select
  }
}
