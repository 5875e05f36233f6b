package import Base
package import Engine
package import Scores
import Synchronization

/// Reads the scores of tenants; the slice that stores them offers it.
package protocol ScoreReading: Sendable {
  /// The scores of a tenant, for the time of one request, on a thread that may block.
  func scores(of tenant: TenantID, during activity: QueryActivity) -> any TenantScores
}

/// The scores of one tenant, for the time of one request.
///
/// What was acknowledged before the request is read too; of each id the latest score alone.
package protocol TenantScores: Sendable {
  /// Has what was acknowledged stored, for whoever reads the table in a statement of its own.
  func settle() throws(QueryFailure)

  /// The newest scores that a filter finds.
  func newest(_ filter: ScoreFilter, limit: Int) throws(QueryFailure) -> [Score]

  /// The scores of traces with those of their spans, by name.
  func tallies(ofTraces ids: [TraceID]) throws(QueryFailure) -> [TraceID: [ScoreTally]]

  /// The scores of the spans of traces, by span and name; those of the traces themselves are left out.
  func tallies(ofSpansIn ids: [TraceID]) throws(QueryFailure) -> [ScoredSpan: [ScoreTally]]

  /// The scores of sessions themselves, by name.
  func tallies(ofSessions ids: [String]) throws(QueryFailure) -> [String: [ScoreTally]]
}

/// A span that has scores.
package struct ScoredSpan: Sendable, Hashable {
  package var traceID: TraceID
  package var spanID: SpanID

  package init(traceID: TraceID, spanID: SpanID) {
    self.traceID = traceID
    self.spanID = spanID
  }
}

/// Where slices of a server meet over scores, since they do not know each other.
///
/// One offers its reader when it is made; others ask for it for a request.
package final class ScorePort: Sendable {
  private let offered = Mutex<(any ScoreReading)?>(nil)

  package init() {}

  package func offer(_ reader: any ScoreReading) { offered.withLock { $0 = reader } }

  /// Nil where no slice of the server stores scores.
  package var reader: (any ScoreReading)? { offered.withLock { $0 } }
}
