import API
import Columns
import HTTPTypes
import JSON
import OTLP
import Telemetry
import TelemetryQueries
import TraceQL

/// The values of a tag, for completion.
enum TempoTagValues {
  private static let valueCountMax = 10_000
  private static let valueCountDefault = 1_000
  /// The newest traces that are examined for the names of roots.
  private static let traceCount = 1_000

  /// A value with the type that TraceQL gives it.
  private struct Value: Hashable {
    var type: String
    var text: String
  }

  /// `/api/search/tag/{tag}/values`: a tag by its bare key, values as text.
  @Sendable static func texts(_ call: CompatibilityCall) throws -> HTTPResponse {
    let values = try values(of: field(call.tag, bareKeysFirst: true), call)
    return TempoTags.answer { writer in
      writer.key("tagValues")
      writer.array { writer in
        for value in values { writer.string(value.text) }
      }
    }
  }

  /// `/api/v2/search/tag/{tag}/values`: a tag as TraceQL spells it, values with their types.
  @Sendable static func typed(_ call: CompatibilityCall) throws -> HTTPResponse {
    let values = try values(of: field(call.tag, bareKeysFirst: false), call)
    return TempoTags.answer { writer in
      writer.key("tagValues")
      writer.array { writer in
        for value in values {
          writer.object { writer in
            writer.member("type", value.type)
            writer.member("value", value.text)
          }
        }
      }
    }
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

  private static func values(of field: Field, _ call: CompatibilityCall) throws -> [Value] {
    let limit = try call.fields.count("limit", default: valueCountDefault, max: valueCountMax)
    if case .intrinsic(let intrinsic) = field, let words = keywords(intrinsic) {
      return words.map { Value(type: "keyword", text: $0) }
    }
    let values: [Value]
    if let spans = try TempoSample.spans(call) {
      values = spans.compactMap { $0.searchable(field) }.map { Value(type: $0.0, text: $0.1) }
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

  private static func values(of field: Field, _ limit: Int, _ call: CompatibilityCall) throws -> [Value] {
    let range = try TempoSearch.range(call)
    func attributes(_ place: AttributePlace, _ key: String) throws -> [Value] {
      try call.telemetry.attributeValues(place, key: key, in: range, prefix: nil, limit: limit)
        .compactMap { $0.searchable }.map { Value(type: $0.0, text: $0.1) }
    }
    func texts(_ texts: [String]) -> [Value] { texts.filter { !$0.isEmpty }.map { Value(type: "string", text: $0) } }
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
    case .attribute(.instrumentation, _), .intrinsic: return []
    }
  }
}

extension StoredAttribute {
  /// The value as a literal that TraceQL can compare, with TraceQL's name of its type; nil for lists, bytes and nothing.
  fileprivate var searchable: (String, String)? {
    switch type {
    case .string: ("string", text)
    case .int: ("int", text)
    case .double: ("float", text)
    case .bool: ("bool", text)
    case .empty, .bytes, .array, .keyValueList: nil
    }
  }
}

extension StoredSpan {
  /// The value of a field in the same form.
  fileprivate func searchable(_ field: Field) -> (String, String)? {
    func first(_ list: [StoredAttribute], _ key: String) -> (String, String)? {
      list.first { $0.key == key }?.searchable
    }
    return switch field {
    case .attribute(.span, let key): first(attributes, key)
    case .attribute(.resource, let key): first(resource.attributes, key)
    case .attribute(.instrumentation, let key): first(scope.attributes, key)
    case .attribute(.unscoped, let key): first(attributes, key) ?? first(resource.attributes, key)
    case .intrinsic(.name): ("string", name)
    case .intrinsic(.statusMessage): statusMessage.isEmpty ? nil : ("string", statusMessage)
    case .intrinsic(.instrumentationName): ("string", scope.name)
    case .intrinsic(.instrumentationVersion): ("string", scope.version)
    case .intrinsic: nil
    }
  }
}
