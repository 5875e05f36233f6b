import TelemetryQueries

/// The spans of one resource, by scope; OTLP's `ResourceSpans`.
struct ResourceGroup: Sendable {
  let resource: StoredResource
  var scopes: [ScopeGroup]

  /// Groups spans; resources and scopes come in the order in which a span first names them.
  static func groups(of spans: [StoredSpan]) -> [ResourceGroup] {
    var groups: [ResourceGroup] = []
    var resources: [StoredResource: Int] = [:]
    var scopes: [ScopeKey: Int] = [:]
    for span in spans {
      let resource = resources[span.resource] ?? groups.count
      if resource == groups.count {
        resources[span.resource] = resource
        groups.append(ResourceGroup(resource: span.resource, scopes: []))
      }
      let key = ScopeKey(resource: resource, scope: span.scope)
      if let scope = scopes[key] {
        groups[resource].scopes[scope].spans.append(span)
      } else {
        scopes[key] = groups[resource].scopes.count
        groups[resource].scopes.append(ScopeGroup(scope: span.scope, spans: [span]))
      }
    }
    return groups
  }

  private struct ScopeKey: Hashable {
    let resource: Int
    let scope: StoredScope
  }
}

/// The spans of one instrumentation scope; OTLP's `ScopeSpans`.
struct ScopeGroup: Sendable {
  let scope: StoredScope
  var spans: [StoredSpan]
}
