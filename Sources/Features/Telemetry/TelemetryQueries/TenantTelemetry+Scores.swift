import Base
package import Engine
import Feature
import Scores

extension TenantTelemetry {
  /// Has scores that were acknowledged stored, for a statement that reads them.
  func settleScores() throws(QueryFailure) { try scores?.settle() }

  /// Traces of a list with their scores.
  package func scored(_ traces: [TraceSummary]) throws(QueryFailure) -> [TraceSummary] {
    guard let tallies = try scores?.tallies(ofTraces: traces.map(\.traceID)), !tallies.isEmpty else { return traces }
    return traces.map { trace in
      var trace = trace
      trace.scores = tallies[trace.traceID] ?? []
      return trace
    }
  }

  /// Spans with their own scores.
  package func scored(_ spans: [StoredSpan]) throws(QueryFailure) -> [StoredSpan] {
    let ids = Array(Set(spans.map(\.traceID)))
    guard let tallies = try scores?.tallies(ofSpansIn: ids), !tallies.isEmpty else { return spans }
    return spans.map { span in
      var span = span
      span.scores = tallies[ScoredSpan(traceID: span.traceID, spanID: span.spanID)] ?? []
      return span
    }
  }

  /// A trace with its scores and those of its spans.
  package func scored(_ trace: StoredTrace) throws(QueryFailure) -> StoredTrace {
    guard let tallies = try scores?.tallies(ofTraces: [trace.traceID])[trace.traceID] else { return trace }
    var trace = trace
    trace.scores = tallies
    trace.spans = try scored(trace.spans)
    return trace
  }

  /// Sessions with their own scores.
  package func scored(_ sessions: [OwnerSummary]) throws(QueryFailure) -> [OwnerSummary] {
    guard let tallies = try scores?.tallies(ofSessions: sessions.map(\.id)), !tallies.isEmpty else { return sessions }
    return sessions.map { session in
      var session = session
      session.scores = tallies[session.id] ?? []
      return session
    }
  }
}
