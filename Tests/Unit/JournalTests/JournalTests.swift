import Base
import Engine
import Journal
import System
import TestSupport
import Testing

/// Goal: what was kept comes back once, whatever is left of the files.
///
/// Method: journals in a folder, one after another.
@Suite struct JournalTests {
  @Test(arguments: [JournalSync.always, .interval(.milliseconds(10)), .never])
  func `records that are not released come back in their order`(sync: JournalSync) throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.sync = sync }
    for id in UInt64(1)...20 {
      let (entry, isKept) = journal.keep(id, "body \(id)")
      #expect(isKept)
      #expect(entry.fate == .kept)
      if id % 2 == 0 { entry.release() }
    }
    journal.stop()
    let again = try fixture.open()
    // Records of a segment go together: the store says which of them it has.
    #expect(again.survey.recordCount == 20)
    #expect(again.survey.storedAfter == [0: 2_003, 1: 2_001, 2: 2_002])
    #expect(try again.contents() == (1...20).map { "\($0) body \($0)" })
    #expect(again.statistics.replayed == 20)
    again.stop()
    #expect(try fixture.segments.count == 1)
  }

  @Test func `a journal whose records are all released leaves nothing`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.sync = .interval(.milliseconds(1)) }
    for id in UInt64(1)...5 { journal.keep(id, "x").entry.release() }
    journal.stop()
    #expect(try fixture.segments.isEmpty)
    #expect(journal.statistics.bytes == 0)
  }

  @Test func `stored records of an earlier process go too`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open()
    for id in UInt64(1)...5 { _ = journal.keep(id, "x") }
    journal.stop()
    let again = try fixture.open()
    for request in try again.readBack() { request.kept.release() }
    #expect(again.statistics.replayed == 5)
    again.stop()
    #expect(try fixture.segments.isEmpty)
  }

  @Test func `segments are full at their size, and the oldest go first`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { options in
      options.segmentBytesMax = 1_000
      options.cleaningInterval = .zero
    }
    let entries = (1...10).map { journal.keep(UInt64($0), String(repeating: "x", count: 400)).entry }
    let files = try fixture.segments
    #expect(files.count == 10 / 2 + 5, "two frames of 480 bytes and a header are more than 1,000")
    for entry in entries.dropFirst() { entry.release() }
    #expect(try fixture.segments == files, "the first one is still needed, and records come back in their order")
    entries[0].release()
    journal.stop()
    #expect(try fixture.segments.isEmpty)
  }

  @Test func `a record that is larger than a segment is kept`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.segmentBytesMax = 1_000 }
    let large = String(repeating: "y", count: 100_000)
    #expect(journal.keep(1, large).isKept)
    journal.stop()
    let again = try fixture.open()
    #expect(try again.contents() == ["1 \(large)"])
    again.stop()
  }

  @Test func `a full journal refuses until records are stored`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.bytesMax = 5_000 }
    #expect(journal.refusal == nil)
    let (entry, isKept) = journal.keep(1, String(repeating: "z", count: 6_000))
    #expect(isKept)
    #expect(journal.refusal?.contains("the journal is full") == true)
    entry.release()
    journal.stop()
    #expect(journal.refusal == nil)
  }

  @Test func `a folder that is gone keeps nothing and says so`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open()
    try File.move("\(fixture.folder)/journal", to: "\(fixture.folder)/elsewhere")
    let (entry, isKept) = journal.keep(1, "x")
    #expect(!isKept)
    #expect(entry.fate == .lost)
    #expect(journal.statistics.failures == 1)
    try File.move("\(fixture.folder)/elsewhere", to: "\(fixture.folder)/journal")
    #expect(journal.keep(2, "y").isKept, "the next one is tried anew")
    journal.stop()
    let again = try fixture.open()
    #expect(try again.contents() == ["2 y"])
    #expect(again.survey.lostCount == 0)
    again.stop()
  }

  @Test func `a refused record is set aside with its reason, within a bound`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.refusedBytesMax = 2_000 }
    for id in UInt64(1)...4 { journal.keep(id, String(repeating: "\(id)", count: 800)).entry.setAside(reason: "why") }
    journal.stop()
    #expect(journal.statistics.refused == 4)
    let names = try File.entries(ofDirectory: "\(fixture.folder)/journal/refused").sorted()
    #expect(names.count == 4, "the two latest and their reasons: \(names)")
    let bodies = try names.filter { !$0.hasSuffix(".txt") }
      .map { String(decoding: try File.read("\(fixture.folder)/journal/refused/\($0)"), as: UTF8.self) }
    #expect(bodies == [String(repeating: "3", count: 800), String(repeating: "4", count: 800)])
    let reason = try #require(names.first { $0.hasSuffix(".txt") })
    let text = String(decoding: try File.read("\(fixture.folder)/journal/refused/\(reason)"), as: UTF8.self)
    #expect(text.contains("reason: why"))
    #expect(text.contains("tenant: 3"))
    #expect(try fixture.segments.isEmpty)
  }

  @Test func `what was set aside goes when it is older than the retention, also at a start`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open()
    journal.keep(1, "x").entry.setAside(reason: "why")
    journal.stop()
    let folder = "\(fixture.folder)/journal/refused"
    #expect(try File.entries(ofDirectory: folder).count == 2)
    try fixture.open().stop()
    #expect(try File.entries(ofDirectory: folder).count == 2, "it is young")
    let later = WallClock.now.rawValue + 2_000_000_000
    let again = try fixture.open { options in
      options.refusedAgeMax = .seconds(1)
      options.now = { UnixNanoseconds(later) }
    }
    // The second thread removes them; a stop ends it only after a turn.
    try eventually { try File.entries(ofDirectory: folder).isEmpty }
    again.stop()
  }

  @Test func `files can be read by their owner alone, whatever the folder's mode was`() throws {
    let fixture = try JournalFixture()
    try File.makeDirectories("\(fixture.folder)/journal", mode: 0o755)
    let journal = try fixture.open()
    let (entry, _) = journal.keep(1, "x")
    func openToOthers(_ folder: String) throws -> [String] {
      try (File.entries(ofDirectory: folder).map { "\(folder)/\($0)" } + [folder])
        .filter { try File.status($0).mode & 0o077 != 0 }
    }
    #expect(try openToOthers("\(fixture.folder)/journal").isEmpty)
    entry.setAside(reason: "why")
    #expect(try openToOthers("\(fixture.folder)/journal/refused").isEmpty)
    #expect(try File.status("\(fixture.folder)/id").mode & 0o077 == 0)
    journal.stop()
  }

  @Test func `a second journal on a folder is refused until the first is stopped`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open()
    _ = journal.keep(1, "x")
    let segments = try fixture.segments
    #expect(#expect(throws: ErrorReport.self) { try fixture.open() }?.code == "journal_in_use")
    #expect(try fixture.segments == segments)
    #expect(journal.keep(2, "y").isKept)
    journal.stop()
    let again = try fixture.open()
    #expect(again.survey.recordCount == 2)
    again.stop()
  }

  @Test func `a deleted segment is counted record by record`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open { $0.segmentBytesMax = 300 }
    for id in UInt64(1)...9 { _ = journal.keep(id, "12345678") }
    journal.stop()
    let files = try fixture.segments
    #expect(files.count == 5)
    try File.remove(files[1])
    let again = try fixture.open()
    #expect(again.survey.lostCount == 2)
    #expect(try again.contents().map { $0.prefix(1) } == ["1", "2", "5", "6", "7", "8", "9"])
    again.stop()
  }

  @Test func `segments of a later version or another folder are refused and stay`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open()
    _ = journal.keep(1, "x")
    journal.stop()
    let path = try #require(try fixture.segments.first)
    let bytes = try File.read(path)
    try File.writeAtomically("\(fixture.folder)/id", Array(String(repeating: "ab", count: 16).utf8))
    #expect(#expect(throws: ErrorReport.self) { try fixture.open() }?.code == "journal_foreign")
    try File.remove("\(fixture.folder)/id")
    #expect(try File.read(path) == bytes)
    let again = try fixture.open()
    #expect(try again.contents() == ["1 x"], "a lost id is taken from the segments")
    again.stop()
  }
}
