import Columns
import JSON
import Telemetry

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
    return .object(
      R.members([
        ("traceId", R.hex(traceID[row])), ("spanId", R.hex(spanID[row])), ("traceState", R.text(traceState[row])),
        ("parentSpanId", R.hex(parentSpanID[row])), ("name", R.text(name[row])), ("kind", R.number(kind[row])),
        ("startTimeUnixNano", R.quoted(startTime[row])),
        ("endTimeUnixNano", R.quoted(startTime[row] + durationNanoseconds[row])),
        ("attributes", R.attributes(attributes, row)),
        ("droppedAttributesCount", R.number(droppedAttributes[row])),
        ("events", R.list(eventTimes.range(row).map(event))), ("droppedEventsCount", R.number(droppedEvents[row])),
        ("links", R.list(linkSpanIDs.range(row).map(link))), ("droppedLinksCount", R.number(droppedLinks[row])),
        ("status", status), ("flags", R.number(flags[row])),
      ]))
  }

  private func event(_ index: Int) -> JSONValue {
    typealias R = Rendering
    return .object(
      R.members([
        ("timeUnixNano", R.quoted(eventTimes.elements[index])), ("name", R.text(eventNames.elements[index])),
        ("attributes", R.stored(eventAttributes.elements[index])),
        ("droppedAttributesCount", R.number(eventDroppedAttributes.elements[index])),
      ]))
  }

  private func link(_ index: Int) -> JSONValue {
    typealias R = Rendering
    return .object(
      R.members([
        ("traceId", R.hex(linkTraceIDs.elements[index])), ("spanId", R.hex(linkSpanIDs.elements[index])),
        ("traceState", R.text(linkTraceStates.elements[index])),
        ("attributes", R.stored(linkAttributes.elements[index])),
        ("droppedAttributesCount", R.number(linkDroppedAttributes.elements[index])),
        ("flags", R.number(linkFlags.elements[index])),
      ]))
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
