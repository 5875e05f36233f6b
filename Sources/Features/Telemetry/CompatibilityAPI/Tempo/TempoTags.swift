import API
import HTTPTypes
import JSON
import TelemetryQueries

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
  private enum Scope: String, CaseIterable {
    case resource, span, intrinsic, event, link, instrumentation
  }

  /// `/api/search/tags`: the names of all scopes, or of one, in one list.
  @Sendable static func flatNames(_ call: CompatibilityCall) throws -> HTTPResponse {
    let scopes = try scopes(call, default: [.resource, .span])
    var names: Set<String> = []
    for scope in scopes { names.formUnion(try self.names(scope, call)) }
    return answer { writer in
      writer.key("tagNames")
      write(names.sorted(), to: &writer)
    }
  }

  /// `/api/v2/search/tags`: the names by scope.
  @Sendable static func scopedNames(_ call: CompatibilityCall) throws -> HTTPResponse {
    let scopes = try scopes(call, default: [.resource, .span, .intrinsic])
    let names = try scopes.map { ($0, try self.names($0, call).sorted()) }
    return answer { writer in
      writer.key("scopes")
      writer.array { writer in
        for (scope, names) in names {
          writer.object { writer in
            writer.member("name", scope.rawValue)
            writer.key("tags")
            write(names, to: &writer)
          }
        }
      }
    }
  }

  private static func scopes(_ call: CompatibilityCall, default defaultScopes: [Scope]) throws(Problem) -> [Scope] {
    guard let name = call.fields.text("scope"), name != "none", name != "all" else { return defaultScopes }
    guard let scope = Scope(rawValue: name) else {
      throw .parameter("scope", "'\(name)' is not one of \(Scope.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return [scope]
  }

  private static func names(_ scope: Scope, _ call: CompatibilityCall) throws -> [String] {
    switch scope {
    case .resource: try keys(.resource, call)
    case .span: try keys(.span, call)
    case .intrinsic: intrinsics
    case .event, .link, .instrumentation: []
    }
  }

  /// The keys of attributes; with `q`, those of the spans that it finds.
  private static func keys(_ place: AttributePlace, _ call: CompatibilityCall) throws -> [String] {
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

  /// A document with the empty `metrics` that every response of Tempo about tags has.
  static func answer(_ members: (inout JSONWriter) -> Void) -> HTTPResponse {
    var writer = JSONWriter()
    writer.object { writer in
      members(&writer)
      writer.key("metrics")
      writer.object { _ in }
    }
    return .json(writer)
  }

  private static func write(_ names: [String], to writer: inout JSONWriter) {
    writer.array { writer in
      for name in names { writer.string(name) }
    }
  }
}

/// The spans that narrow names and values to a query.
enum TempoSample {
  /// The newest matching spans that are examined.
  private static let spanCount = 1_000

  /// The newest spans that `q` finds; nil without one, or when it selects every span or cannot be read.
  ///
  /// Clients send queries that are still being written; Tempo answers those as if there were none, so this does too.
  static func spans(_ call: CompatibilityCall) throws -> [StoredSpan]? {
    guard let text = call.fields.text("q"), let query = try? TempoSearch.query(text), !query.fields.isEmpty else {
      return nil
    }
    var filter = SpanFilter(range: try TempoSearch.range(call))
    filter.query = query
    return try call.telemetry.spans(SpanSearch(filter: filter, limit: spanCount)).spans
  }
}
