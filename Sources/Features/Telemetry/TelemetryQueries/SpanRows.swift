import Base
import Columns
import Engine
import JSON
import SQLBuilder
import Telemetry

/// Reads spans out of a result of ``SpanColumns/main``.
struct SpanRows {
  private let result: QueryResult
  private let attributes, attributeTypes, details, promoted: ResultColumn
  private let promotedColumns: [(PromotedAttribute, ResultColumn)]
  private let promotedMasks: [UInt64]

  init(_ result: QueryResult) {
    self.result = result
    attributes = result[SpanColumn.attributes.name]
    attributeTypes = result[SpanColumn.attributeTypes.name]
    details = result[SpanColumn.details.name]
    promoted = result[SpanColumn.promoted.name]
    promotedColumns = PromotedAttribute.all.map { ($0, result[$0.column.description]) }
    promotedMasks = PromotedAttribute.all.map { UInt64($0.mask) }
  }

  /// The span of each row.
  ///
  /// - Parameters:
  ///   - resource: The resource of an id.
  ///   - scope: The scope of an id, whose name and version are in the row.
  func spans(
    resource: (_ id: UInt64) -> StoredResource, scope: (_ id: UInt64) -> StoredScope
  ) -> [StoredSpan] {
    var spans = [StoredSpan](repeating: StoredSpan(), count: result.rowCount)
    let (resources, scopes) = (result[SpanColumn.resourceID.name], result[SpanColumn.scopeID.name])
    for row in spans.indices {
      spans[row].resource = resource(resources.number(row))
      spans[row].scope = scope(scopes.number(row))
      spans[row].attributes = promotedAttributes(row)
      spans[row].attributes += attributes.attributes(row, types: attributeTypes)
      readDetails(of: &spans[row], row)
    }
    for field in Self.fields { field.read(result, into: &spans) }
    for (place, column) in SpanColumn.normalised.enumerated() {
      guard let kind = column.inference?.kind else { continue }
      read(kind, from: result[column.name], to: &spans, place)
    }
    return spans
  }

  /// A row whose details cannot be read, which only a defect of ours can cause, is a span without them: it must not
  /// make unreadable what stands beside it.
  ///
  /// The attribute ``unreadable`` says so.
  private func readDetails(of span: inout StoredSpan, _ row: Int) {
    switch Result(catching: { () throws(JSONError) in try SpanDetails(otlpJSON: details.bytes(row) ?? []) }) {
    case .success(let details): span.add(details)
    case .failure(let error):
      span.attributes.append(
        StoredAttribute(key: Self.unreadable, type: .string, text: "events and links: \(error)"))
    }
  }

  /// Reads a normalised column, the one of this place among them.
  ///
  /// What is unknown is so already.
  private func read(
    _ kind: InferenceValueKind, from column: ResultColumn, to spans: inout [StoredSpan], _ place: Int
  ) {
    for row in spans.indices {
      switch kind {
      case .text:
        if let text = column.string(row), !text.isEmpty { spans[row].inference[place] = .text(text) }
      case .texts:
        let texts = column.strings(row)
        if !texts.isEmpty { spans[row].inference[place] = .texts(texts) }
      case .count: if let count = column.unsigned(row) { spans[row].inference[place] = .count(count) }
      case .nanoseconds: if let time = column.int(row) { spans[row].inference[place] = .nanoseconds(time) }
      }
    }
  }

  /// The key of an attribute that says which part of a span cannot be read.
  static let unreadable = "axonize.unreadable"

  /// The attributes that are stored as columns only, in the order of their bits.
  private func promotedAttributes(_ row: Int) -> [StoredAttribute] {
    let bits = promoted.number(row)
    guard bits != 0 else { return [] }
    var found: [StoredAttribute] = []
    // Room for those of the map too.
    found.reserveCapacity(bits.nonzeroBitCount + attributes.map(row).range.count)
    for index in promotedMasks.indices where bits & promotedMasks[index] != 0 {
      let (attribute, column) = promotedColumns[index]
      found.append(
        attribute.isInteger
          ? StoredAttribute(key: attribute.key, type: .int, text: "\(column.number(row))")
          : StoredAttribute(key: attribute.key, type: .string, text: column.text(row)))
    }
    return found
  }
}

extension SpanRows {
  /// The columns of a span that are read, other than the normalised ones.
  static let fields: [RecordField<StoredSpan>] = [
    .init(.traceID) { $0.traceID = $1.traceID($2) },
    .init(.spanID) { $0.spanID = SpanID($1.number($2)) },
    .init(.parentSpanID) { $0.parentSpanID = $1.number($2) == 0 ? nil : SpanID($1.number($2)) },
    .init(.flags) { $0.flags = $1.uint32($2) },
    .init(.name) { $0.name = $1.text($2) },
    .init(.kind) { $0.kind = SpanKind(rawValue: $1.uint8($2)) ?? .unspecified },
    .init(time: SpanColumn.startTime.declaration.literal, as: "start_ns") { $0.start = $1.time($2) },
    .init(.duration) { $0.durationNanoseconds = $1.int($2) ?? 0 },
    .init(.statusCode) { $0.status = SpanStatus(rawValue: $1.uint8($2)) ?? .unset },
    .init(.statusMessage) { $0.statusMessage = $1.text($2) },
    .init(.serviceName) { $0.serviceName = $1.text($2) },
    .init(.resourceID), .init(.scopeID),
    .init(.scopeName) { $0.scope.name = $1.text($2) },
    .init(.scopeVersion) { $0.scope.version = $1.text($2) },
    .init(.attributes), .init(.attributeTypes), .init(.promoted), .init(.details),
  ]
}

extension RecordField<StoredSpan> {
  init(_ column: SpanColumn, _ read: Read? = nil) { self.init(column.declaration.literal, read) }
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
