package import Base
package import Commit
package import Engine
package import Journal
package import System
package import Telemetry

/// The requests of one kind and the table that their rows go to.
///
/// A stream says how its requests are decoded again; that they come back, from an earlier process or from the journal alone
/// while memory is full, is the pipeline's work.
package protocol IngestStream<Rows>: Sendable {
  associatedtype Rows: ArrivingRows

  /// What stores its rows.
  var commit: GroupCommit<Rows> { get }

  /// The number by which the journal knows its requests; no two streams of a server have the same, and it never changes.
  /// 0 to 2 are OpenTelemetry's traces, metrics and logs.
  var journalKind: UInt8 { get }

  /// No two streams of a server have the same. Default: that of the rows.
  var table: String { get }

  /// Why rows are not stored at present; nil when nothing is known to be wrong. Default: what the commit says.
  var problem: String? { get }

  /// Has the rows of a tenant and of a time range that wait now committed; see ``GroupCommit/settle(_:in:by:)``, which is
  /// the default.
  func settle(_ tenant: TenantID, in range: TimeRange?, by deadline: Instant) -> Bool

  /// Gets ready for the requests that an earlier process left, of which rows may have been stored since a time of the store,
  /// in nanoseconds since 1970.
  ///
  /// Called before any request comes, if there are some.
  func willReplay(storedAfter time: Int64, from engine: any AnalyticsEngine) throws(EngineError)

  /// Called when no request is left to be read back.
  ///
  /// The thread of the commit calls it, often.
  func didReplay()

  /// Takes a request that the journal kept, decoded as it was the first time.
  ///
  /// The thread of the commit calls it.
  func replay(
    _ request: KeptRequestAgain, _ record: JournalRecord, body: UnsafeRawBufferPointer
  ) -> ReplayedRequest
}

extension IngestStream {
  package var table: String { Rows.table.declaration.name }
  package var problem: String? { commit.problem }
  package func willReplay(storedAfter time: Int64, from engine: any AnalyticsEngine) throws(EngineError) {}
  package func didReplay() {}

  package func settle(_ tenant: TenantID, in range: TimeRange?, by deadline: Instant) -> Bool {
    commit.settle(tenant, in: range, by: deadline)
  }
}

/// What became of a request that its stream was given again.
package enum ReplayedRequest: Sendable, Equatable {
  /// Its rows wait; the request is released when they are stored.
  case taken
  /// Every row of it is stored already, or it has none.
  case stored
  /// There is no room for its rows now; it will be offered again.
  case queueFull
  /// It cannot be stored.
  case refused(String)
}
