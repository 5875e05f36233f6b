import Columns
import Base
import JSON
import Engine
import Telemetry

/// Reads spans out of a result of ``SpanColumns/main``.
///
/// The columns are looked up once: a trace can have a hundred thousand rows.
struct SpanRows {
  private let traceID, spanID, parentSpanID, flags, name, kind, start, duration, status, statusMessage: ResultColumn
  private let serviceName, scopeName, scopeVersion, details, promoted, attributes, attributeTypes: ResultColumn
  private let provider, operation, requestModel, responseModel, finishReason, sessionID, userID, errorType,
    gpuIDs, nodeID: ResultColumn
  private let inputTokens, outputTokens, cachedTokens, cacheCreationTokens, reasoningTokens, ttft, tpot: ResultColumn
  private let promotedColumns: [(PromotedAttribute, ResultColumn)]

  init(_ result: QueryResult) {
    traceID = result["trace_id"]
    spanID = result["span_id"]
    parentSpanID = result["parent_span_id"]
    flags = result["flags"]
    name = result["name"]
    kind = result["kind"]
    start = result["start_ns"]
    duration = result["duration_ns"]
    status = result["status_code"]
    statusMessage = result["status_message"]
    serviceName = result["service_name"]
    scopeName = result["scope_name"]
    scopeVersion = result["scope_version"]
    details = result["details"]
    promoted = result["promoted"]
    attributes = result["attributes"]
    attributeTypes = result["attribute_types"]
    provider = result["provider"]
    operation = result["operation"]
    requestModel = result["request_model"]
    responseModel = result["response_model"]
    finishReason = result["finish_reason"]
    sessionID = result["session_id"]
    userID = result["user_id"]
    errorType = result["error_type"]
    gpuIDs = result["gpu_ids"]
    nodeID = result["node_id"]
    inputTokens = result["input_tokens"]
    outputTokens = result["output_tokens"]
    cachedTokens = result["cached_tokens"]
    cacheCreationTokens = result["cache_creation_tokens"]
    reasoningTokens = result["reasoning_tokens"]
    ttft = result["ttft_ns"]
    tpot = result["tpot_ns"]
    promotedColumns = PromotedAttribute.allCases.map { ($0, result[$0.column]) }
  }

  /// A row whose details cannot be read, which only a defect of ours can cause, is a span without them: it must not make
  /// unreadable what stands beside it. The attribute ``unreadable`` says so.
  func span(_ row: Int, resource: StoredResource, scope: StoredScope) -> StoredSpan {
    let read = Result { () throws(JSONError) in try SpanDetails(otlpJSON: self.details.bytes(row) ?? []) }
    var notes: [StoredAttribute] = []
    let details: SpanDetails
    switch read {
    case .success(let whole): details = whole
    case .failure(let error):
      details = SpanDetails()
      notes = [StoredAttribute(key: Self.unreadable, type: .string, text: "events and links: \(error)")]
    }
    var scope = scope
    scope.name = text(scopeName, row)
    scope.version = text(scopeVersion, row)
    let parent = unsigned(parentSpanID, row)
    return StoredSpan(
      traceID: traceID.traceID(row), spanID: SpanID(unsigned(spanID, row)),
      parentSpanID: parent == 0 ? nil : SpanID(parent), traceState: details.traceState,
      flags: UInt32(truncatingIfNeeded: unsigned(flags, row)), name: text(name, row),
      kind: SpanKind(rawValue: UInt8(truncatingIfNeeded: unsigned(kind, row))) ?? .unspecified,
      start: UnixNanoseconds(int(start, row)), durationNanoseconds: int(duration, row),
      status: SpanStatus(rawValue: UInt8(truncatingIfNeeded: unsigned(status, row))) ?? .unset,
      statusMessage: text(statusMessage, row), serviceName: text(serviceName, row), resource: resource,
      scope: scope, attributes: promotedAttributes(row) + attributes.attributes(row, types: attributeTypes) + notes,
      droppedAttributeCount: details.droppedAttributeCount, events: details.events,
      droppedEventCount: details.droppedEventCount, links: details.links, droppedLinkCount: details.droppedLinkCount,
      inference: inference(row))
  }

  /// The key of an attribute that says which part of a span cannot be read.
  static let unreadable = "axonize.unreadable"

  private func text(_ column: ResultColumn, _ row: Int) -> String { column.string(row) ?? "" }
  private func int(_ column: ResultColumn, _ row: Int) -> Int64 { column.int(row) ?? 0 }
  private func unsigned(_ column: ResultColumn, _ row: Int) -> UInt64 { column.unsigned(row) ?? 0 }

  /// The attributes that are stored as columns only, in the order of their bits.
  private func promotedAttributes(_ row: Int) -> [StoredAttribute] {
    let bits = unsigned(promoted, row)
    guard bits != 0 else { return [] }
    return promotedColumns.compactMap { attribute, column in
      guard bits & UInt64(attribute.mask) != 0 else { return nil }
      return attribute.isInteger
        ? StoredAttribute(key: attribute.key, type: .int, text: "\(unsigned(column, row))")
        : StoredAttribute(key: attribute.key, type: .string, text: text(column, row))
    }
  }

  func inference(_ row: Int) -> InferenceFields {
    let (gpus, range) = gpuIDs.list(row)
    var fields = InferenceFields()
    fields.provider = text(provider, row)
    fields.operation = text(operation, row)
    fields.requestModel = text(requestModel, row)
    fields.responseModel = text(responseModel, row)
    fields.inputTokens = inputTokens.unsigned(row)
    fields.outputTokens = outputTokens.unsigned(row)
    fields.cachedTokens = cachedTokens.unsigned(row)
    fields.cacheCreationTokens = cacheCreationTokens.unsigned(row)
    fields.reasoningTokens = reasoningTokens.unsigned(row)
    fields.firstTokenNanoseconds = ttft.int(row)
    fields.perTokenNanoseconds = tpot.int(row)
    fields.finishReason = text(finishReason, row)
    fields.sessionID = text(sessionID, row)
    fields.userID = text(userID, row)
    fields.errorType = text(errorType, row)
    fields.gpuIDs = range.compactMap { gpus.string($0) }
    fields.nodeID = text(nodeID, row)
    return fields
  }
}
