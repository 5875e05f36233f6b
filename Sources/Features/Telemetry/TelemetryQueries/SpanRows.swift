import Columns
import Base
import JSON
import Engine
import SQLBuilder
import Telemetry

/// Reads spans out of a result of ``SpanColumns/main``.
///
/// The columns are looked up once: a trace can have a hundred thousand rows.
struct SpanRows {
  private let fields: [(column: ResultColumn, read: SpanField.Read)]
  private let inference: [(column: ResultColumn, kind: InferenceValueKind)]
  private let attributes, attributeTypes, details, promoted: ResultColumn
  private let promotedColumns: [(PromotedAttribute, ResultColumn)]

  init(_ result: QueryResult) {
    fields = SpanField.all.map { (result[$0.alias ?? $0.column.name], $0.read) }
    inference = SpanColumn.normalised.compactMap { column in
      column.inference.map { (result[column.name], $0.kind) }
    }
    attributes = result[SpanColumn.attributes.name]
    attributeTypes = result[SpanColumn.attributeTypes.name]
    details = result[SpanColumn.details.name]
    promoted = result[SpanColumn.promoted.name]
    promotedColumns = PromotedAttribute.all.map { ($0, result[$0.column.description]) }
  }

  /// A row whose details cannot be read, which only a defect of ours can cause, is a span without them: it must not make
  /// unreadable what stands beside it. The attribute ``unreadable`` says so.
  func span(_ row: Int, resource: StoredResource, scope: StoredScope) -> StoredSpan {
    var span = StoredSpan()
    span.resource = resource
    span.scope = scope
    for (column, read) in fields { read(&span, column, row) }
    span.inference = inference(row)
    span.attributes = promotedAttributes(row) + attributes.attributes(row, types: attributeTypes)
    switch Result(catching: { () throws(JSONError) in try SpanDetails(otlpJSON: details.bytes(row) ?? []) }) {
    case .success(let details): span.add(details)
    case .failure(let error):
      span.attributes.append(
        StoredAttribute(key: Self.unreadable, type: .string, text: "events and links: \(error)"))
    }
    return span
  }

  /// The key of an attribute that says which part of a span cannot be read.
  static let unreadable = "axonize.unreadable"

  /// The attributes that are stored as columns only, in the order of their bits.
  private func promotedAttributes(_ row: Int) -> [StoredAttribute] {
    let bits = promoted.unsigned(row) ?? 0
    guard bits != 0 else { return [] }
    return promotedColumns.compactMap { attribute, column in
      guard bits & UInt64(attribute.mask) != 0 else { return nil }
      return attribute.isInteger
        ? StoredAttribute(key: attribute.key, type: .int, text: "\(column.unsigned(row) ?? 0)")
        : StoredAttribute(key: attribute.key, type: .string, text: column.text(row))
    }
  }

  private func inference(_ row: Int) -> InferenceValues {
    InferenceValues(inference.map { $0.column.inferenceValue(row, $0.kind) })
  }
}

/// A field of a span that is read from one column.
struct SpanField: Sendable {
  typealias Read = @Sendable (_ span: inout StoredSpan, _ column: ResultColumn, _ row: Int) -> Void

  let column: SpanColumn
  /// How the statement reads the column, where it does not take it as it is, and under which name.
  let expression: SQLFragment?
  let alias: String?
  let read: Read

  init(_ column: SpanColumn, _ read: @escaping Read) {
    self.column = column
    expression = nil
    alias = nil
    self.read = read
  }

  /// A time, as nanoseconds.
  init(time column: SpanColumn, as alias: StaticString, _ read: @escaping Read) {
    self.column = column
    expression = "toUnixTimestamp64Nano(\(column.sql)) AS \(SQLFragment(stringLiteral: alias))"
    self.alias = alias.description
    self.read = read
  }

  static let all: [SpanField] = [
    SpanField(.traceID) { $0.traceID = $1.traceID($2) },
    SpanField(.spanID) { $0.spanID = SpanID($1.unsigned($2) ?? 0) },
    SpanField(.parentSpanID) { span, column, row in
      let id = column.unsigned(row) ?? 0
      span.parentSpanID = id == 0 ? nil : SpanID(id)
    },
    SpanField(.flags) { $0.flags = UInt32(truncatingIfNeeded: $1.unsigned($2) ?? 0) },
    SpanField(.spanName) { $0.name = $1.text($2) },
    SpanField(.kind) { $0.kind = SpanKind(rawValue: $1.byte($2)) ?? .unspecified },
    SpanField(time: .startTime, as: "start_ns") { $0.start = UnixNanoseconds($1.int($2) ?? 0) },
    SpanField(.duration) { $0.durationNanoseconds = $1.int($2) ?? 0 },
    SpanField(.statusCode) { $0.status = SpanStatus(rawValue: $1.byte($2)) ?? .unset },
    SpanField(.statusMessage) { $0.statusMessage = $1.text($2) },
    SpanField(.serviceName) { $0.serviceName = $1.text($2) },
    SpanField(.scopeName) { $0.scope.name = $1.text($2) },
    SpanField(.scopeVersion) { $0.scope.version = $1.text($2) },
  ]
}

extension StoredSpan {
  fileprivate mutating func add(_ details: SpanDetails) {
    traceState = details.traceState
    droppedAttributeCount = details.droppedAttributeCount
    events = details.events
    droppedEventCount = details.droppedEventCount
    links = details.links
    droppedLinkCount = details.droppedLinkCount
  }
}

extension ResultColumn {
  fileprivate func text(_ row: Int) -> String { string(row) ?? "" }
  fileprivate func byte(_ row: Int) -> UInt8 { UInt8(truncatingIfNeeded: unsigned(row) ?? 0) }

  fileprivate func inferenceValue(_ row: Int, _ kind: InferenceValueKind) -> InferenceValues.Value {
    switch kind {
    case .text:
      let text = text(row)
      return text.isEmpty ? .unknown : .text(text)
    case .texts:
      let texts = strings(row)
      return texts.isEmpty ? .unknown : .texts(texts)
    case .count: return unsigned(row).map { .count($0) } ?? .unknown
    case .nanoseconds: return int(row).map { .nanoseconds($0) } ?? .unknown
    }
  }
}
