import Columns
import Base
package import Engine
import SQLBuilder

extension TenantTelemetry {
  /// The log records of a search, newest first, at most as many as its limit.
  package func logs(_ search: LogSearch) throws(QueryFailure) -> [StoredLog] {
    let newest = search.place.map { UnixNanoseconds($0.time) }
    return try NewestFirst.page(of: search.range, newest: newest, limit: search.limit) { part throws(QueryFailure) in
      try self.storedLogs(LogSQL.page(search, in: part))
    }
  }

  private func storedLogs(_ select: Select) throws(QueryFailure) -> [StoredLog] {
    let result = try rows(select)
    let resources = try resources(of: result)
    let scopes = try scopes(of: result)
    return (0..<result.rowCount).map { row in
      let text = { (column: String) in result[column].string(row) ?? "" }
      let number = { (column: String) in result[column].unsigned(row) ?? 0 }
      let traceID = result["trace_id"].traceID(row)
      let spanID = SpanID(number("span_id"))
      var scope = scopes[number("scope_id")] ?? StoredScope()
      scope.name = text("scope_name")
      scope.version = text("scope_version")
      return StoredLog(
        time: UnixNanoseconds(result["time_ns"].int(row) ?? 0),
        observedTime: UnixNanoseconds(result["observed_ns"].int(row) ?? 0),
        severityNumber: UInt8(truncatingIfNeeded: number("severity_number")), severityText: text("severity_text"),
        body: StoredAttribute(
          key: "", type: AttributeType(rawValue: UInt8(truncatingIfNeeded: number("body_type"))) ?? .empty,
          text: text("body")), traceID: traceID.isValid ? traceID : nil, spanID: spanID.isValid ? spanID : nil,
        flags: UInt32(truncatingIfNeeded: number("flags")), serviceName: text("service_name"),
        resource: resources[number("resource_id")] ?? StoredResource(), scope: scope, eventName: text("event_name"),
        attributes: result.attributes(row),
        droppedAttributeCount: UInt32(truncatingIfNeeded: number("dropped_attributes")),
        tieBreaker: number("tie_breaker"))
    }
  }
}

/// The statements of a log search.
enum LogSQL {
  /// A number that differs between different records of one time.
  private static let tieBreaker: SQLFragment =
    "cityHash64(service_name, resource_id, trace_id, span_id, severity_number, body, mapValues(attributes))"

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
      [
        "toUnixTimestamp64Nano(time) AS time_ns", "toUnixTimestamp64Nano(observed_time) AS observed_ns",
        "severity_number", "severity_text", "body", "body_type", "trace_id", "span_id", "flags", "service_name",
        "resource_id", "scope_id", "scope_name", "scope_version", "event_name", "attributes", "attribute_types",
        "dropped_attributes", "\(tieBreaker) AS tie_breaker",
      ],
      from: .logs, where: conditions, orderBy: ["time DESC", "tie_breaker DESC"], limit: search.limit)
    select.limitBy = (1, ["time", "tie_breaker"])
    return select
  }
}
