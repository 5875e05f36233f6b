import API
import Columns
import HTTPTypes
import Telemetry
import TelemetryQueries
import TraceInterchange
import TraceQL

/// The values of a tag, for completion.
enum TempoTagValues {
  private static let valueCountMax = 10_000
  private static let valueCountDefault = 1_000
  /// The newest traces that are examined for the names of roots.
  private static let traceCount = 1_000

  /// A value with the type that TraceQL gives it.
  struct Value: Sendable, Hashable {
    var type: ValueType
    var text: String
  }

  /// TraceQL's names of types.
  enum ValueType: String, CaseIterable, Sendable {
    case string, int, float, bool, keyword
  }

  /// A tag by its bare key, values as text.
  static let texts = InterchangeEndpoint(
    "search/tag/{tag}/values", TempoTags.response("TempoTagTexts", "tagValues", of: JSONShape.string.of(\Value.text)),
    problems: .plainText
  ) { call in
    try values(of: field(call.tag, bareKeysFirst: true), call)
  }

  /// A tag as TraceQL spells it, values with their types.
  static let typed = InterchangeEndpoint(
    "v2/search/tag/{tag}/values", TempoTags.response("TempoTagValues", "tagValues", of: typedValue),
    problems: .plainText
  ) { call in
    try values(of: field(call.tag, bareKeysFirst: false), call)
  }

  private static let typedValue = JSONShape<Value>.object { value in
    value.member("type", .choice) { $0.type }
    value.member("value", .string) { $0.text }
  }

  /// The field that a tag names.
  ///
  /// Grafana encodes tags twice, so one more layer is taken off.
  private static func field(_ tag: String, bareKeysFirst: Bool) throws(Problem) -> Field {
    let tag = PercentEncoding.decode(tag) ?? tag
    if TempoTags.intrinsics.contains(tag) || !bareKeysFirst, let field = parsed(tag) { return field }
    guard let field = parsed("." + tag) else {
      throw Problem(
        .invalidParameter, "'\(tag)' is not a tag; write it as in TraceQL, e.g. .service.name or span.http.method")
    }
    return field
  }

  private static func parsed(_ field: String) -> Field? {
    guard let query = try? TraceQLParser.parse("{} | select(\(field))"), query.selected.count == 1 else { return nil }
    return query.selected.first
  }

  private static func values(of field: Field, _ call: InterchangeCall) throws -> [Value] {
    let limit = try call.fields.count("limit", default: valueCountDefault, max: valueCountMax)
    if case .intrinsic(let intrinsic) = field, let words = keywords(intrinsic) {
      return words.map { Value(type: .keyword, text: $0) }
    }
    let values: [Value]
    if let spans = try TempoSample.spans(call) {
      values = spans.compactMap { $0.searchable(field) }
    } else {
      values = try self.values(of: field, limit, call)
    }
    var seen: Set<Value> = []
    return Array(values.filter { seen.insert($0).inserted }.sorted { $0.text < $1.text }.prefix(limit))
  }

  private static func keywords(_ intrinsic: Intrinsic) -> [String]? {
    switch intrinsic {
    case .status: ["error", "ok", "unset"]
    case .kind: SpanKind.allCases.map(\.name).sorted()
    default: nil
    }
  }

  private static func values(of field: Field, _ limit: Int, _ call: InterchangeCall) throws -> [Value] {
    let range = try TempoSearch.range(call)
    func attributes(_ place: AttributePlace, _ key: String) throws -> [Value] {
      try call.telemetry.attributeValues(place, key: key, in: range, prefix: nil, limit: limit)
        .compactMap { $0.searchable }
    }
    func texts(_ texts: [String]) -> [Value] { texts.filter { !$0.isEmpty }.map { Value(type: .string, text: $0) } }
    switch field {
    case .attribute(.resource, "service.name"), .attribute(.unscoped, "service.name"):
      return texts(try call.telemetry.serviceNames())
    case .attribute(.resource, let key): return try attributes(.resource, key)
    case .attribute(.span, let key): return try attributes(.span, key)
    case .attribute(.unscoped, let key): return try attributes(.span, key) + attributes(.resource, key)
    case .intrinsic(.rootName), .intrinsic(.rootServiceName):
      let traces = try call.telemetry.traces(TraceSearch(filter: SpanFilter(range: range), limit: traceCount)).traces
      return texts(traces.compactMap { field == .intrinsic(.rootName) ? $0.rootName : $0.rootService })
    case .intrinsic(.name):
      return texts(try call.telemetry.operationNames())
    // Of what seldom repeats, values would not help to complete.
    case .attribute(.instrumentation, _), .intrinsic, .score: return []
    }
  }
}

extension StoredAttribute {
  /// The value as a literal that TraceQL can compare; nil for lists, bytes and nothing.
  fileprivate var searchable: TempoTagValues.Value? {
    switch type {
    case .string: .init(type: .string, text: text)
    case .int: .init(type: .int, text: text)
    case .double: .init(type: .float, text: text)
    case .bool: .init(type: .bool, text: text)
    case .empty, .bytes, .array, .keyValueList: nil
    }
  }
}

extension StoredSpan {
  /// The value of a field in the same form.
  fileprivate func searchable(_ field: Field) -> TempoTagValues.Value? {
    func first(_ list: [StoredAttribute], _ key: String) -> TempoTagValues.Value? {
      list.first { $0.key == key }?.searchable
    }
    return switch field {
    case .attribute(.span, let key): first(attributes, key)
    case .attribute(.resource, let key): first(resource.attributes, key)
    case .attribute(.instrumentation, let key): first(scope.attributes, key)
    case .attribute(.unscoped, let key): first(attributes, key) ?? first(resource.attributes, key)
    case .intrinsic(.name): .init(type: .string, text: name)
    case .intrinsic(.statusMessage): statusMessage.isEmpty ? nil : .init(type: .string, text: statusMessage)
    case .intrinsic(.instrumentationName): .init(type: .string, text: scope.name)
    case .intrinsic(.instrumentationVersion): .init(type: .string, text: scope.version)
    case .intrinsic, .score: nil
    }
  }
}
