import Columns
import Ground
import JSON
import StorePorts
import Telemetry

/// The columns that a whole span is read from.
enum SpanColumns {
  static let main: [SQLFragment] =
    [
      "trace_id", "span_id", "parent_span_id", "flags", "name", "kind",
      "toUnixTimestamp64Nano(start_time) AS start_ns", "duration_ns", "status_code", "status_message", "service_name",
      "resource_id", "scope_id", "scope_name", "scope_version", "attributes", "attribute_types", "promoted", "details",
    ] + inference

  /// What the normaliser found.
  static let inference: [SQLFragment] = [
    "provider", "operation", "request_model", "response_model", "input_tokens", "output_tokens", "cached_tokens",
    "cache_creation_tokens", "reasoning_tokens", "ttft_ns", "tpot_ns", "finish_reason", "session_id", "user_id",
    "error_type", "gpu_ids", "node_id",
  ]
}

/// Reads spans out of a result of ``SpanColumns/main``.
struct SpanRows {
  let result: QueryResult

  /// - Throws: What is wrong with the row's details, which only a defect of ours can cause.
  func span(_ row: Int, resource: StoredResource, scope: StoredScope) throws(JSONError) -> StoredSpan {
    let details = try SpanDetails(otlpJSON: result["details"].bytes(row) ?? [])
    var scope = scope
    scope.name = text("scope_name", row)
    scope.version = text("scope_version", row)
    let parent = unsigned("parent_span_id", row)
    return StoredSpan(
      traceID: result["trace_id"].traceID(row), spanID: SpanID(unsigned("span_id", row)),
      parentSpanID: parent == 0 ? nil : SpanID(parent), traceState: details.traceState,
      flags: UInt32(truncatingIfNeeded: unsigned("flags", row)), name: text("name", row),
      kind: SpanKind(rawValue: UInt8(truncatingIfNeeded: unsigned("kind", row))) ?? .unspecified,
      start: UnixNanoseconds(int("start_ns", row)), durationNanoseconds: int("duration_ns", row),
      status: SpanStatus(rawValue: UInt8(truncatingIfNeeded: unsigned("status_code", row))) ?? .unset,
      statusMessage: text("status_message", row), serviceName: text("service_name", row), resource: resource,
      scope: scope, attributes: promotedAttributes(row) + result.attributes(row),
      droppedAttributeCount: details.droppedAttributeCount, events: details.events,
      droppedEventCount: details.droppedEventCount, links: details.links, droppedLinkCount: details.droppedLinkCount,
      inference: inference(row))
  }

  private func text(_ column: String, _ row: Int) -> String { result[column].string(row) ?? "" }
  private func int(_ column: String, _ row: Int) -> Int64 { result[column].int(row) ?? 0 }
  private func unsigned(_ column: String, _ row: Int) -> UInt64 { result[column].unsigned(row) ?? 0 }

  /// The attributes that are stored as columns only, in the order of their bits.
  private func promotedAttributes(_ row: Int) -> [StoredAttribute] {
    let bits = unsigned("promoted", row)
    guard bits != 0 else { return [] }
    return PromotedAttribute.allCases.compactMap { attribute in
      guard bits & UInt64(attribute.mask) != 0 else { return nil }
      return attribute.isInteger
        ? StoredAttribute(key: attribute.key, type: .int, text: "\(unsigned(attribute.column, row))")
        : StoredAttribute(key: attribute.key, type: .string, text: text(attribute.column, row))
    }
  }

  func inference(_ row: Int) -> InferenceFields {
    let (gpus, range) = result["gpu_ids"].list(row)
    var fields = InferenceFields()
    fields.provider = text("provider", row)
    fields.operation = text("operation", row)
    fields.requestModel = text("request_model", row)
    fields.responseModel = text("response_model", row)
    fields.inputTokens = result["input_tokens"].unsigned(row)
    fields.outputTokens = result["output_tokens"].unsigned(row)
    fields.cachedTokens = result["cached_tokens"].unsigned(row)
    fields.cacheCreationTokens = result["cache_creation_tokens"].unsigned(row)
    fields.reasoningTokens = result["reasoning_tokens"].unsigned(row)
    fields.firstTokenNanoseconds = result["ttft_ns"].int(row)
    fields.perTokenNanoseconds = result["tpot_ns"].int(row)
    fields.finishReason = text("finish_reason", row)
    fields.sessionID = text("session_id", row)
    fields.userID = text("user_id", row)
    fields.errorType = text("error_type", row)
    fields.gpuIDs = range.compactMap { gpus.string($0) }
    fields.nodeID = text("node_id", row)
    return fields
  }
}

extension TraceID {
  /// The id of 16 bytes; fewer give an invalid id.
  init(bytes: ArraySlice<UInt8>) {
    let big = { (part: ArraySlice<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    self.init(high: big(bytes.prefix(8)), low: big(bytes.dropFirst(8).prefix(8)))
  }
}

extension ResultColumn {
  func traceID(_ row: Int) -> TraceID { TraceID(bytes: bytes(row) ?? []) }

  /// The texts of an Array(String) row.
  func strings(_ row: Int) -> [String] {
    let (elements, range) = list(row)
    return range.compactMap { elements.string($0) }
  }
}

extension QueryResult {
  /// The attributes in the map of a row. Some of a span are stored as columns only.
  func attributes(_ row: Int) -> [StoredAttribute] {
    let (keys, values, range) = self["attributes"].map(row)
    let types = self["attribute_types"].list(row)
    return range.enumerated().map { index, element in
      let type = types.range.count > index ? types.elements.unsigned(types.range.lowerBound + index) ?? 0 : 0
      return StoredAttribute(
        key: keys.string(element) ?? "", type: AttributeType(rawValue: UInt8(truncatingIfNeeded: type)) ?? .empty,
        text: values.string(element) ?? "")
    }
  }
}
