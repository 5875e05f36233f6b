import Base
import Engine
import Glibc
import Journal
import Synchronization
import System
import TestSupport
import Testing

/// Goal: requests that wait in the journal alone come back once and in their order, and what is missing is counted.
///
/// Method: a journal in a folder that is read while it is written and damaged.
@Suite struct JournalSpoolTests {
  /// Ids of one signal.
  private static let ids = (1...6).map { UInt64(3 * $0) }

  private static func next(_ spool: JournalSpool) throws -> UInt64? {
    guard case .request(let request) = try spool.next() else { return nil }
    return request.record.batchID
  }

  @Test func `only requests that were spooled come back, while others are written`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.segmentBytesMax = 300 }
    let spool = JournalSpool(journal, signal: 0)
    #expect(try Self.next(spool) == nil)
    for id in UInt64(1)...6 { #expect(journal.keep(id, "memory").isKept) }
    #expect(try Self.next(spool) == nil, "their rows are in memory")
    for id in UInt64(7)...12 { #expect(journal.keep(id, "spooled", isSpooled: true).isKept) }
    #expect(journal.statistics.spooledCount == 6)
    #expect(journal.statistics.spooled == 6)
    #expect(try Self.next(spool) == 9)
    #expect(journal.keep(13, "memory").isKept)
    #expect(journal.keep(15, "spooled", isSpooled: true).isKept)
    #expect(try Self.next(spool) == 12)
    #expect(try Self.next(spool) == 15)
    #expect(try Self.next(spool) == nil)
    #expect((0..<3).map { journal.spooledCount($0) } == [0, 2, 2])
    journal.stop()
  }

  @Test func `a request stays in the journal until it is released after it was read`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open()
    for id in Self.ids { _ = journal.keep(id, "x", isSpooled: true) }
    let requests = try journal.readBack()
    for request in requests.dropLast() { request.kept.release() }
    journal.stop()
    #expect(try fixture.segments.count == 1)
    let again = try fixture.open()
    #expect(again.survey.recordCount == Self.ids.count, "the store says which of them it has")
    for request in try again.readBack() {
      #expect(request.isFound)
      request.kept.release()
    }
    again.stop()
    #expect(try fixture.segments.isEmpty)
  }

  @Test func `a bit that flips before the request is read costs that one, which is counted`() throws {
    for offset in [64 + 5, 64 + 40, 64 + 32 + 48 + 2] {
      let fixture = try JournalFixture()
      let journal = try fixture.open { $0.segmentBytesMax = 10_000 }
      for id in Self.ids { _ = journal.keep(id, "0123456789", isSpooled: true) }
      let path = try #require(try fixture.segments.first)
      var bytes = try File.read(path)
      bytes[offset + 2 * 90] ^= 4
      try File.overwrite(path, bytes)
      let spool = JournalSpool(journal, signal: 0)
      var found: [UInt64] = []
      var lostCount = 0
      reading: while true {
        switch try spool.next() {
        case .request(let request):
          found.append(request.record.batchID)
          request.kept.release()
        case .lost(let count): lostCount += count
        case nil: break reading
        }
      }
      #expect(found == Self.ids.filter { $0 != Self.ids[2] }, "\(offset)")
      #expect(lostCount == 1)
      #expect(journal.statistics.lost == 1)
      #expect(journal.statistics.damaged == 1)
      #expect(journal.keep(30, "later", isSpooled: true).isKept)
      #expect(try Self.next(spool) == 30, "reading goes on behind the damage")
      journal.stop()
    }
  }

  @Test func `requests of a segment that is deleted meanwhile are counted, and the others come`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.segmentBytesMax = 250 }
    for id in Self.ids { _ = journal.keep(id, "0123456789", isSpooled: true) }
    let files = try fixture.segments
    #expect(files.count == 3)
    try File.remove(files[1])
    let spool = JournalSpool(journal, signal: 0)
    #expect(try [Self.next(spool), Self.next(spool)] == [Self.ids[0], Self.ids[1]])
    guard case .lost(2) = try spool.next() else {
      Issue.record("two requests are gone")
      return
    }
    #expect(try [Self.next(spool), Self.next(spool)] == [Self.ids[4], Self.ids[5]])
    #expect(journal.statistics.lost == 2)
    journal.stop()
  }

  @Test func `a journal whose oldest request is too old refuses until that is stored`() throws {
    let fixture = try JournalFixture()
    let now = Atomic<Int64>(1_000_000_000_000)
    let journal = try fixture.open { options in
      options.ageMax = .seconds(60)
      options.now = { UnixNanoseconds(now.load(ordering: .relaxed)) }
    }
    #expect(journal.refusal == nil)
    let (entry, _) = journal.keep(3, "x", isSpooled: true)
    now.add(60_000_000_000, ordering: .relaxed)
    #expect(journal.refusal == nil)
    now.add(1, ordering: .relaxed)
    #expect(journal.refusal?.contains("ingest.journal_age") == true)
    #expect(journal.keep(6, "y", isSpooled: true).isKept, "a request that was let in is kept all the same")
    for request in try journal.readBack() { request.kept.release() }
    #expect(journal.refusal == nil)
    entry.release()
    journal.stop()
  }

  @Test func `a found request counts with the age that its segment has`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.now = { UnixNanoseconds(1_000_000_000) } }
    _ = journal.keep(3, "x")
    journal.stop()
    let again = try fixture.open { options in
      options.ageMax = .seconds(60)
      options.now = { UnixNanoseconds(100_000_000_000) }
    }
    #expect(again.refusal?.contains("ingest.journal_age") == true)
    for request in try again.readBack() { request.kept.release() }
    #expect(again.refusal == nil)
    again.stop()
  }

  @Test func `files of full segments are closed while their requests wait`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.segmentBytesMax = 100 }
    for id in UInt64(1)...50 { _ = journal.keep(id, "x", isSpooled: true) }
    #expect(try fixture.segments.count == 50)
    // The second thread closes them.
    try eventually { try Self.openFileCount(under: fixture.folder) <= 2 }
    journal.stop()
  }

  private static func openFileCount(under folder: String) throws -> Int {
    try File.entries(ofDirectory: "/proc/self/fd")
      .count { ((try? File.target(ofLink: "/proc/self/fd/\($0)")) ?? "").hasPrefix(folder) }
  }
}

extension File {
  /// Changes the bytes of a file in place, as a disk does.
  static func overwrite(_ path: String, _ bytes: [UInt8]) throws(SystemError) {
    let number = unsafe Glibc.open(path, O_WRONLY)
    guard number >= 0 else { throw SystemError(call: "open", code: errno) }
    defer { close(number) }
    let written = unsafe bytes.withUnsafeBytes { unsafe pwrite(number, $0.baseAddress, $0.count, 0) }
    guard written == bytes.count else { throw SystemError(call: "pwrite", code: errno) }
  }
}
