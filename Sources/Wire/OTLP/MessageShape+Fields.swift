extension MessageShape {
  private static let table: [MessageShape: MessageFields] = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, MessageFields($0.list)) })

  var fields: MessageFields {
    guard let fields = Self.table[self] else { preconditionFailure("no fields for \(self)") }
    return fields
  }

  private var list: [Field] {
    switch self {
    case .traceRequest: [Field("resourceSpans", EnvelopeField.resourceGroups, .messages(.resourceSpans))]
    case .metricsRequest: [Field("resourceMetrics", EnvelopeField.resourceGroups, .messages(.resourceMetrics))]
    case .logsRequest: [Field("resourceLogs", EnvelopeField.resourceGroups, .messages(.resourceLogs))]
    case .resourceSpans: Self.resourceGroup("scopeSpans", .scopeSpans)
    case .resourceMetrics: Self.resourceGroup("scopeMetrics", .scopeMetrics)
    case .resourceLogs: Self.resourceGroup("scopeLogs", .scopeLogs)
    case .scopeSpans: Self.scopeGroup("spans", .span)
    case .scopeMetrics: Self.scopeGroup("metrics", .metric)
    case .scopeLogs: Self.scopeGroup("logRecords", .logRecord)
    case .resource:
      [
        Field("attributes", ResourceField.attributes, .messages(.keyValue)),
        Field("droppedAttributesCount", ResourceField.droppedAttributes, .uint32),
      ]
    case .scope:
      [
        Field("name", ScopeField.name, .string), Field("version", ScopeField.version, .string),
        Field("attributes", ScopeField.attributes, .messages(.keyValue)),
        Field("droppedAttributesCount", ScopeField.droppedAttributes, .uint32),
      ]
    case .keyValue:
      [Field("key", KeyValueField.key, .string), Field("value", KeyValueField.value, .message(.anyValue))]
    case .anyValue:
      [
        Field("stringValue", AnyValueField.string, .string), Field("boolValue", AnyValueField.bool, .bool),
        Field("intValue", AnyValueField.int, .int64), Field("doubleValue", AnyValueField.double, .double),
        Field("arrayValue", AnyValueField.array, .message(.arrayValue)),
        Field("kvlistValue", AnyValueField.keyValueList, .message(.keyValueList)),
        Field("bytesValue", AnyValueField.bytes, .bytes),
      ]
    case .arrayValue: [Field("values", ListField.values, .messages(.anyValue))]
    case .keyValueList: [Field("values", ListField.values, .messages(.keyValue))]
    case .span, .event, .link, .status: traceFields
    case .logRecord: Self.logRecordFields
    default: metricFields
    }
  }

  private static func resourceGroup(_ name: String, _ shape: MessageShape) -> [Field] {
    [
      Field("resource", EnvelopeField.resource, .message(.resource)),
      Field(name, EnvelopeField.scopeGroups, .messages(shape)),
      Field("schemaUrl", EnvelopeField.resourceSchemaURL, .string),
    ]
  }

  private static func scopeGroup(_ name: String, _ shape: MessageShape) -> [Field] {
    [
      Field("scope", EnvelopeField.scope, .message(.scope)), Field(name, EnvelopeField.records, .messages(shape)),
      Field("schemaUrl", EnvelopeField.scopeSchemaURL, .string),
    ]
  }

  private var traceFields: [Field] {
    switch self {
    case .span:
      [
        Field("traceId", SpanField.traceID, .id), Field("spanId", SpanField.spanID, .id),
        Field("traceState", SpanField.traceState, .string), Field("parentSpanId", SpanField.parentSpanID, .id),
        Field("name", SpanField.name, .string),
        Field(
          "kind", SpanField.kind,
          .enumeration([
            "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT",
            "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER",
          ])),
        Field("startTimeUnixNano", SpanField.startTime, .fixed64),
        Field("endTimeUnixNano", SpanField.endTime, .fixed64),
        Field("attributes", SpanField.attributes, .messages(.keyValue)),
        Field("droppedAttributesCount", SpanField.droppedAttributes, .uint32),
        Field("events", SpanField.events, .messages(.event)),
        Field("droppedEventsCount", SpanField.droppedEvents, .uint32),
        Field("links", SpanField.links, .messages(.link)),
        Field("droppedLinksCount", SpanField.droppedLinks, .uint32),
        Field("status", SpanField.status, .message(.status)), Field("flags", SpanField.flags, .fixed32),
      ]
    case .event:
      [
        Field("timeUnixNano", EventField.time, .fixed64), Field("name", EventField.name, .string),
        Field("attributes", EventField.attributes, .messages(.keyValue)),
        Field("droppedAttributesCount", EventField.droppedAttributes, .uint32),
      ]
    case .link:
      [
        Field("traceId", LinkField.traceID, .id), Field("spanId", LinkField.spanID, .id),
        Field("traceState", LinkField.traceState, .string),
        Field("attributes", LinkField.attributes, .messages(.keyValue)),
        Field("droppedAttributesCount", LinkField.droppedAttributes, .uint32),
        Field("flags", LinkField.flags, .fixed32),
      ]
    default:
      [
        Field("message", StatusField.message, .string),
        Field(
          "code", StatusField.code, .enumeration(["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"])),
      ]
    }
  }

  private static let logRecordFields: [Field] = [
    Field("timeUnixNano", LogRecordField.time, .fixed64),
    Field(
      "severityNumber", LogRecordField.severityNumber,
      .enumeration(
        ["SEVERITY_NUMBER_UNSPECIFIED"]
          + ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap { level in
            ["", "2", "3", "4"].map { "SEVERITY_NUMBER_" + level + $0 }
          })),
    Field("severityText", LogRecordField.severityText, .string),
    Field("body", LogRecordField.body, .message(.anyValue)),
    Field("attributes", LogRecordField.attributes, .messages(.keyValue)),
    Field("droppedAttributesCount", LogRecordField.droppedAttributes, .uint32),
    Field("flags", LogRecordField.flags, .fixed32),
    Field("traceId", LogRecordField.traceID, .id), Field("spanId", LogRecordField.spanID, .id),
    Field("observedTimeUnixNano", LogRecordField.observedTime, .fixed64),
    Field("eventName", LogRecordField.eventName, .string),
  ]
}
