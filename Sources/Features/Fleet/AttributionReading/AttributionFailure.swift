import Base
package import Engine
import Series

/// Why spans cannot be attributed.
package enum AttributionFailure: Error, Sendable {
  case query(QueryFailure)
  /// A limit is exceeded: a sentence that names the limit, and what to do.
  case limitExceeded(String)
  /// No slice of the server stores spans, or none series: which.
  case missing(String)

  init(_ error: SeriesError) {
    self =
      switch error {
      case .limitExceeded(let message): .limitExceeded(message)
      case .cancelled: .query(QueryFailure(reason: .cancelled, cause: error))
      case .timeout: .query(QueryFailure(reason: .timeout, cause: error))
      case .unavailable: .query(QueryFailure(reason: .unavailable, cause: error))
      }
  }
}

extension AttributionFailure {
  /// Something was not found among the stored spans, and others wait that cannot be stored.
  package static var unstoredSpans: AttributionFailure {
    .query(
      QueryFailure(
        reason: .unavailable,
        cause: ErrorReport(code: "rows_waiting", message: "acknowledged spans cannot be stored now")))
  }
}
