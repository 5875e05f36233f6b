import HTTPTypes

/// Which API a path belongs to, and its place there.
struct CompatibilityTarget: Equatable {
  let dialect: Dialect
  /// The path's segments behind `/api`, decoded.
  let segments: [String]
  let wantsProtobuf: Bool

  /// The target of a request; nil for a path that neither API has.
  ///
  /// Without a prefix `/api/traces/{id}` means Jaeger, unless the client asks for protobuf, which only Tempo speaks.
  init?(_ request: HTTPRequest) {
    guard let segments = PercentEncoding.segments(ofPath: request.path), let first = segments.first else { return nil }
    wantsProtobuf = Self.asksForProtobuf(request.fields["accept"] ?? "")
    switch first {
    case "jaeger", "tempo":
      dialect = first == "jaeger" ? .jaeger : .tempo
      // A bare prefix, or one without `/api` behind it, names no endpoint.
      self.segments = segments.count > 2 && segments[1] == "api" ? Array(segments.dropFirst(2)) : []
    case "api":
      let rest = Array(segments.dropFirst())
      guard let dialect = Self.dialect(of: rest, wantsProtobuf: wantsProtobuf) else { return nil }
      self.dialect = dialect
      self.segments = rest
    default: return nil
    }
  }

  private static func dialect(of segments: [String], wantsProtobuf: Bool) -> Dialect? {
    switch segments.first {
    case "traces": segments.count == 2 && wantsProtobuf ? .tempo : .jaeger
    case "services", "operations", "dependencies", "v3": .jaeger
    case "search", "echo", "v2": .tempo
    case "status" where segments == ["status", "buildinfo"]: .tempo
    case "metrics" where segments.count == 2 && segments[1].hasPrefix("query"): .tempo
    default: nil
    }
  }

  /// Whether an Accept field names protobuf, by either of its names.
  private static func asksForProtobuf(_ accept: String) -> Bool {
    accept.split(separator: ",").contains { range in
      let type = range.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
      return type == "application/protobuf" || type == "application/x-protobuf"
    }
  }
}
