import API
import Base
import JSON
import TelemetryQueries

/// The tags of a search in either API.
enum SearchTags {
  /// The most tags of a search, as many as /api/v1 takes attribute filters.
  ///
  /// Each is a condition on every span.
  static let countMax = 32

  static func tooMany(_ count: Int, _ parameter: String) -> Problem {
    .parameter(parameter, "the search has \(count) tags; at most \(countMax) are allowed")
  }
}

extension CompatibilityCall {
  /// Writes the member `warnings` where a query examined some traces only in part.
  func writeWarnings(of partlySearched: [TraceID], to writer: inout JSONWriter) {
    guard !partlySearched.isEmpty else { return }
    writer.key("warnings")
    writer.array { writer in
      for id in partlySearched { writer.string(TenantTelemetry.warning(ofPartlySearched: id)) }
    }
  }
}
