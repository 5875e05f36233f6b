import Glibc
import Synchronization
import System
import Testing

@testable import Journal

/// Goal: what `/readyz` says of the journal's disk.
///
/// Method: failures of writes as the kernel reports them, and a folder that cannot be written.
@Suite struct JournalProblemTests {
  private func journal(_ fixture: borrowing JournalFixture, now: Int64) throws -> Journal {
    try fixture.open { $0.instant = { Instant(nanoseconds: now) } }
  }

  @Test(arguments: [
    (ENOSPC, Int.max, 0, "the journal's disk is full"), (ENOSPC, 1, 0, nil),
    (EIO, 1, 0, "the journal cannot be written: write: Input/output error (EIO)"), (EIO, 1, 30, nil),
  ])
  func `a failed write is a problem as long as the next may fail`(
    code: Int32, byteCount: Int, ago seconds: Int64, problem: String?
  ) throws {
    let fixture = try JournalFixture()
    let journal = try journal(fixture, now: seconds * 1_000_000_000)
    #expect(journal.problem == nil)
    let error = SystemError(call: "write", code: code)
    journal.writeFailure.withLock { $0 = WriteFailure(error: error, byteCount: byteCount, at: Instant(nanoseconds: 0)) }
    #expect(journal.problem == problem)
    #expect(journal.keep(1, "x").isKept)
    #expect(journal.problem == nil, "a write succeeded")
    journal.stop()
  }

  @Test func `a folder that is gone is a problem before a request finds it`() throws {
    let fixture = try JournalFixture()
    let journal = try journal(fixture, now: 0)
    try File.move("\(fixture.folder)/journal", to: "\(fixture.folder)/elsewhere")
    #expect(journal.problem == "the journal's folder cannot be examined")
    #expect(!journal.keep(1, "x").isKept)
    try File.move("\(fixture.folder)/elsewhere", to: "\(fixture.folder)/journal")
    journal.stop()
  }
}
