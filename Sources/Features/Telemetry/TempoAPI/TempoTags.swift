import API
import TelemetryQueries
import TraceInterchange

/// The names of tags that can be searched by, for completion.
enum TempoTags {
  private static let nameCountMax = 10_000
  private static let nameCountDefault = 5_000

  /// Fields that every span or trace has, as TraceQL spells them.
  static let intrinsics = [
    "duration", "instrumentation:name", "instrumentation:version", "kind", "name", "rootName", "rootServiceName",
    "span:duration", "span:kind", "span:name", "span:status", "span:statusMessage", "status", "statusMessage",
    "trace:duration", "trace:rootName", "trace:rootService", "traceDuration",
  ]

  /// Where names come from.
  ///
  /// Names of events' and links' attributes cannot be searched by, so there are none.
  enum Scope: String, CaseIterable, Sendable {
    case resource, span, intrinsic, event, link, instrumentation
  }

  /// The names of one scope.
  struct ScopedNames: Sendable {
    let scope: Scope
    let names: [String]
  }

  /// The names of all scopes, or of one, in one list.
  static let flatNames = InterchangeEndpoint(
    "search/tags", response("TempoTagNames", "tagNames", of: .string), problems: .plainText
  ) { call in
    let scopes = try scopes(call, default: [.resource, .span])
    var found: Set<String> = []
    for scope in scopes { found.formUnion(try names(scope, call)) }
    return found.sorted()
  }

  /// The names by scope.
  static let scopedNames = InterchangeEndpoint(
    "v2/search/tags", response("TempoScopedTagNames", "scopes", of: scoped), problems: .plainText
  ) { call in
    try scopes(call, default: [.resource, .span, .intrinsic]).map { scope in
      ScopedNames(scope: scope, names: try names(scope, call).sorted())
    }
  }

  private static let scoped = JSONShape<ScopedNames>.object { scope in
    scope.member("name", .choice) { $0.scope }
    scope.member("tags", .list(.string)) { $0.names }
  }

  private static func scopes(_ call: InterchangeCall, default defaultScopes: [Scope]) throws(Problem) -> [Scope] {
    guard let name = call.fields.text("scope"), name != "none", name != "all" else { return defaultScopes }
    guard let scope = Scope(rawValue: name) else {
      throw .parameter("scope", "'\(name)' is not one of \(Scope.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return [scope]
  }

  private static func names(_ scope: Scope, _ call: InterchangeCall) throws -> [String] {
    switch scope {
    case .resource: try keys(.resource, call)
    case .span: try keys(.span, call)
    case .intrinsic: intrinsics
    case .event, .link, .instrumentation: []
    }
  }

  /// The keys of attributes; with `q`, those of the spans that it finds.
  private static func keys(_ place: AttributePlace, _ call: InterchangeCall) throws -> [String] {
    let limit = try call.fields.count("limit", default: nameCountDefault, max: nameCountMax)
    guard let spans = try TempoSample.spans(call) else {
      let range = try TempoSearch.range(call)
      // A key is there once for each type that it has values of.
      var known: Set<String> = []
      return try call.telemetry.attributeKeys(place, in: range, prefix: nil, limit: limit).map(\.key)
        .filter { known.insert($0).inserted }
    }
    var keys: Set<String> = []
    for span in spans {
      keys.formUnion((place == .span ? span.attributes : span.resource.attributes).map(\.key))
    }
    return Array(keys.sorted().prefix(limit))
  }

  /// A list with the empty `metrics` that every response of Tempo about tags has.
  static func response<Element>(
    _ name: String, _ member: String, of element: JSONShape<Element>
  ) -> JSONResponse<[Element]> {
    JSONResponse(
      name,
      .object { response in
        response.member(member, .list(element)) { $0 }
        response.member("metrics", .noMetrics) { $0 }
      })
  }
}

/// The spans that narrow names and values to a query.
enum TempoSample {
  /// The newest matching spans that are examined.
  private static let spanCount = 1_000

  /// The newest spans that `q` finds; nil without one, or when it selects every span or cannot be read.
  ///
  /// Clients send queries that are still being written; Tempo answers those as if there were none, so this does too.
  static func spans(_ call: InterchangeCall) throws -> [StoredSpan]? {
    guard let text = call.fields.text("q"), let query = try? TempoSearch.query(text), !query.fields.isEmpty else {
      return nil
    }
    var filter = SpanFilter(range: try TempoSearch.range(call))
    filter.query = query
    return try call.telemetry.spans(SpanSearch(filter: filter, limit: spanCount)).spans
  }
}
