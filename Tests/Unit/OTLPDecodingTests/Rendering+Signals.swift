import Columns
import JSON
import Telemetry
import Testing

extension SpanBatch {
  /// The `ExportTraceServiceRequest` of the rows as OTLP/JSON.
  var rendered: JSONValue {
    Rendering(resources: resources, scopes: scopes).request(
      "resourceSpans", scopeGroups: "scopeSpans", records: "spans", rowCount: rowCount,
      resourceID: { rows.resourceID[$0] }, scopeID: { rows.scopeID[$0] }, record: rows.rendered)
  }
}

extension SpanBlock {
  fileprivate func rendered(_ row: Int) -> JSONValue {
    typealias R = Rendering
    let status = R.object([("message", R.text(statusMessage[row])), ("code", R.number(statusCode[row]))])
    let details = self.details(row)
    return .object(
      R.members([
        ("traceId", R.hex(traceID[row])), ("spanId", R.hex(spanID[row])), ("traceState", details?["traceState"]),
        ("parentSpanId", R.hex(parentSpanID[row])), ("name", R.text(name[row])), ("kind", R.number(kind[row])),
        ("startTimeUnixNano", R.quoted(startTime[row])),
        ("endTimeUnixNano", R.quoted(startTime[row] + durationNanoseconds[row])),
        ("attributes", R.attributes(attributes, row)),
        ("droppedAttributesCount", details?["droppedAttributesCount"]), ("events", details?["events"]),
        ("droppedEventsCount", details?["droppedEventsCount"]), ("links", details?["links"]),
        ("droppedLinksCount", details?["droppedLinksCount"]), ("status", status), ("flags", R.number(flags[row])),
      ]))
  }

  /// The details are OTLP/JSON as they are.
  private func details(_ row: Int) -> JSONValue? {
    guard !details[row].isEmpty else { return nil }
    do { return try JSONValue(parsing: details[row]) } catch {
      Issue.record("the details of row \(row) are no JSON: \(error)")
      return nil
    }
  }
}

extension LogBatch {
  /// The `ExportLogsServiceRequest` of the rows as OTLP/JSON.
  var rendered: JSONValue {
    Rendering(resources: resources, scopes: scopes).request(
      "resourceLogs", scopeGroups: "scopeLogs", records: "logRecords", rowCount: rowCount,
      resourceID: { rows.resourceID[$0] }, scopeID: { rows.scopeID[$0] }, record: rows.rendered)
  }
}

extension LogBlock {
  fileprivate func rendered(_ row: Int) -> JSONValue {
    typealias R = Rendering
    return .object(
      R.members([
        ("timeUnixNano", R.quoted(time[row])), ("observedTimeUnixNano", R.quoted(observedTime[row])),
        ("severityNumber", R.number(severityNumber[row])), ("severityText", R.text(severityText[row])),
        ("body", R.anyValue(type: bodyType[row], text: body[row])), ("attributes", R.attributes(attributes, row)),
        ("droppedAttributesCount", R.number(droppedAttributes[row])), ("flags", R.number(flags[row])),
        ("traceId", R.hex(traceID[row])), ("spanId", R.hex(spanID[row])), ("eventName", R.text(eventName[row])),
      ]))
  }
}
