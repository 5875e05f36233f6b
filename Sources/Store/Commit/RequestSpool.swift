package import Telemetry

/// The port to requests that were acknowledged and whose rows are not in memory, because there was no room for them or
/// an earlier process took them.
///
/// Something else keeps them, such as a journal.
package protocol RequestSpool<Rows>: Sendable {
  associatedtype Rows: ArrivingRows

  /// Reads the next request back and appends its rows (``GroupCommit/replay(_:isFull:decode:)``).
  ///
  /// The writer's thread calls it. A request that finds no room MUST come again with the next call.
  func readBack(to commit: GroupCommit<Rows>) -> SpoolStep
}

/// What came of reading a request back.
package enum SpoolStep: Sendable, Equatable {
  /// So many requests wait there no longer: their rows wait in memory, are stored already, or are lost, which was counted.
  case passed(Int)
  /// There is no room in memory.
  case full
  /// None is there that can be read now.
  case nothing
  /// What keeps them cannot be read at present, and why.
  case unavailable(String)
}
