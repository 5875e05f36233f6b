package import Base

/// The port to the tables that are derived from a source, for example from spans, every few seconds.
///
/// They lack the rows of the latest commits. A reader adds what the views `…_of_commits` compute for those.
package protocol DerivedTables: Sendable {
  /// The tables hold every commit up to this time, in nanoseconds since 1970; 0 when they hold none.
  ///
  /// It may grow while a query runs, so a query that adds the rows after it can meet a row twice. That is harmless for
  /// minima and maxima; for sums use ``read(_:)``.
  var derivedUntil: Int64 { get }

  /// Whether there are commits after ``derivedUntil``; without them their views need not be asked. Ask this first: a
  /// commit that ends in between is newer than the question.
  var hasNewerCommits: Bool { get }

  /// The time of a commit: the rows of every commit up to it can be read, and no later commit will have such a time.
  ///
  /// While commits run side by side, a later one can be readable before an earlier one; this stays before the earlier one
  /// until that has ended. So whoever has read up to here has missed nothing.
  var visibleUntil: Int64 { get }

  /// Whether rows of the source that are derived, or in a commit after ``derivedUntil``, were found after that time not to
  /// count.
  ///
  /// - Parameter until: A value that ``derivedUntil`` had.
  func hasCorrections(after until: Int64) -> Bool

  /// Notes that a question has computed rows of newer commits itself, so that the tables follow soon.
  func didComputeNewerRows()

  /// Rows of the source, as of a few seconds ago.
  var rowCount: Int { get }

  /// How many spans of a tenant start in which minute, as of a few seconds ago. Nothing for a source that does not count its
  /// minutes.
  func density(of tenant: TenantID) -> SpanDensity

  /// Runs a query during which ``derivedUntil`` stands still; `body` MAY be called more than once.
  ///
  /// A query that takes longer than the tables stand still is run with nil at last, and is to read the tables alone: they
  /// lack the rows of the last seconds then, but none counts twice.
  func read<Result, Failure: Error>(
    _ body: (_ derivedUntil: Int64?) throws(Failure) -> Result
  ) throws(Failure) -> Result
}

extension DerivedTables {
  package func didComputeNewerRows() {}
}

/// Tables that are not filled: every row is computed when it is read.
package struct NothingDerived: DerivedTables {
  /// The latest commit that can be read.
  private let visible: @Sendable () -> Int64

  /// - Parameter visibleUntil: By default no commit can be read.
  package init(visibleUntil: @escaping @Sendable () -> Int64 = { 0 }) { visible = visibleUntil }

  package var visibleUntil: Int64 { visible() }
  package var derivedUntil: Int64 { 0 }
  package var hasNewerCommits: Bool { true }
  package var rowCount: Int { 0 }
  package func hasCorrections(after until: Int64) -> Bool { false }
  package func density(of tenant: TenantID) -> SpanDensity { SpanDensity(minutes: [], isComplete: false) }
  package func read<Result, Failure: Error>(
    _ body: (_ derivedUntil: Int64?) throws(Failure) -> Result
  ) throws(Failure) -> Result { try body(0) }
}
