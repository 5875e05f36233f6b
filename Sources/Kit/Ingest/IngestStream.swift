package import Base
package import Commit
package import Journal
package import System

/// The requests of one kind and the table that their rows go to.
package protocol IngestStream: Sendable {
  /// No two streams of a server have the same.
  var table: String { get }

  /// The number by which the journal knows its requests; no two streams of a server have the same, and it never changes.
  /// 0 to 2 are OpenTelemetry's traces, metrics and logs.
  var journalKind: UInt8 { get }

  /// Why rows are not stored at present; nil when nothing is known to be wrong.
  var problem: String? { get }

  /// Has the rows of a tenant that wait now committed; see ``GroupCommit/settle(_:by:)``.
  func settle(_ tenant: TenantID, by deadline: Instant) -> Bool

  /// Takes a request that the journal kept, decoded as it was the first time.
  ///
  /// - Returns: nil when there is no room for its rows now; it is given again then.
  func replay(
    _ request: KeptRequestAgain, _ record: JournalRecord, body: UnsafeRawBufferPointer
  ) -> ReplayedRecord?
}
