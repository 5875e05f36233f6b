package import Base

/// Which scores are asked for; nil is any.
package struct ScoreFilter: Sendable, Hashable {
  package var id: String?
  package var name: String?
  package var kind: ScoreKind?
  package var source: ScoreSource?
  package var author: String?
  /// Of the trace and of its spans.
  package var traceID: TraceID?
  package var spanID: SpanID?
  package var sessionID: String?
  package var category: String?
  /// Of numbers and booleans, which count as 1 and 0.
  package var minimum: Double?
  package var maximum: Double?
  package var from: UnixNanoseconds?
  package var until: UnixNanoseconds?
  /// Only those behind the score with this time and id, the newest first.
  package var behind: Place?

  package struct Place: Sendable, Hashable {
    package var time: UnixNanoseconds
    package var id: String

    package init(time: UnixNanoseconds, id: String) {
      self.time = time
      self.id = id
    }
  }

  package init() {}
}
