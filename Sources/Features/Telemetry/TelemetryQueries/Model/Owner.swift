package import Base
import SQLBuilder
package import Scores
package import Telemetry

/// What spans belong to: a session, which is a conversation, or a user.
package enum OwnerKind: String, Sendable {
  case session, user

  /// The column of spans that names the owner.
  var column: SQLFragment {
    switch self {
    case .session: "session_id"
    case .user: "user_id"
    }
  }
}

/// Which sessions or users are looked for.
///
/// Each filter holds if any span of a trace of theirs meets it.
package struct OwnerSearch: Sendable, Hashable {
  package var kind: OwnerKind
  /// A span that names the owner starts in this range.
  package var range: TimeRange
  /// The owner's id; nil for all.
  package var id: String?
  package var service: String?
  /// The requested model or the one that responded.
  package var model: String?
  package var status: SpanStatus?
  /// The user of sessions, or the session of users.
  package var otherID: String?
  package var order = OwnerOrder.newestFirst
  /// Items after this place; nil for the first page.
  package var place: OwnerPlace?
  package var limit: Int

  package init(_ kind: OwnerKind, range: TimeRange, limit: Int) {
    self.kind = kind
    self.range = range
    self.limit = limit
  }
}

/// The order of sessions or users.
package enum OwnerOrder: String, Sendable, CaseIterable {
  case newestFirst = "-last_time"
  case oldestFirst = "last_time"
  case mostTracesFirst = "-trace_count"
  case fewestTracesFirst = "trace_count"

  var isDescending: Bool { self == .newestFirst || self == .mostTracesFirst }
  var isByTime: Bool { self == .newestFirst || self == .oldestFirst }
}

/// An owner's place in an order; a hash of its id breaks ties.
package struct OwnerPlace: Sendable, Hashable {
  package var key: Int64
  package var hash: UInt64

  package init(key: Int64, hash: UInt64) {
    self.key = key
    self.hash = hash
  }
}

/// What a session or user did in a range of time.
package struct OwnerSummary: Sendable, Hashable {
  package var id: String
  package var place: OwnerPlace
  /// The first and the last start of a span that names it.
  package var firstTime: UnixNanoseconds
  package var lastTime: UnixNanoseconds
  package var traceCount: UInt64
  package var spanCount: UInt64 = 0
  package var errorCount: UInt64 = 0
  package var callCount: UInt64 = 0
  package var inputTokens: UInt64 = 0
  package var outputTokens: UInt64 = 0
  /// Of a session itself, by name.
  package var scores: [ScoreTally] = []
}
