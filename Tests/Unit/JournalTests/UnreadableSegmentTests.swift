import Base
import Engine
import Glibc
import Synchronization
import System
import TestSupport
import Testing

@testable import Journal

/// Goal: a place of the disk that cannot be read holds nothing up for ever, and loses nothing silently.
///
/// Method: a journal whose reads of some bytes fail as a bad sector does, and a clock that the test sets.
@Suite struct UnreadableSegmentTests {
  private static let ids = (1...6).map { UInt64(3 * $0) }
  /// The bytes of one frame: header, fields and a body of ten bytes.
  private static let frameBytes = 32 + 48 + 10

  /// A disk with bad bytes.
  private final class Disk: LogSink {
    let bad = Mutex<Range<Int>>(0..<0)
    let now = Mutex(Instant(nanoseconds: 1_000_000_000_000))
    let lines = Mutex<[String]>([])

    let level = LogLevel.info
    var logger: Logger { Logger(component: "journal", sink: self) }

    func write(_ level: LogLevel, component: String, message: String, fields: [LogField]) {
      let text = fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
      lines.withLock { $0.append("\(level) \(message) \(text)") }
    }

    func set(_ options: inout JournalOptions) {
      options.instant = { self.now.withLock { $0 } }
      options.read = { (file, offset, count) throws(SystemError) in
        let isBad = self.bad.withLock { $0.overlaps(offset..<offset + count) }
        if isBad { throw SystemError(call: "pread", code: EIO) }
        return try file.read(at: offset, count: count)
      }
    }

    func advance(_ duration: Duration) { now.withLock { $0 = $0 + duration } }
    func logged(_ text: String) -> [String] { lines.withLock { $0.filter { $0.contains(text) } } }
  }

  /// What a spool has until it fails or has nothing more.
  private static func drain(_ spool: JournalSpool) throws -> (found: [UInt64], lost: Int) {
    var (found, lost) = ([UInt64](), 0)
    while let reading = try spool.next() {
      switch reading {
      case .request(let request):
        found.append(request.record.batchID)
        request.kept.release()
      case .lost(let count): lost += count
      }
    }
    return (found, lost)
  }

  @Test func `a record that cannot be read is tried for its time, then passed over, counted and its segment kept`()
    throws
  {
    let fixture = try JournalFixture()
    let disk = Disk()
    let journal = try fixture.open(logger: disk.logger) { options in
      options.segmentBytesMax = 64 + 3 * Self.frameBytes
      disk.set(&options)
    }
    for id in Self.ids { _ = journal.keep(id, "0123456789", isSpooled: true) }
    #expect(try fixture.segments.count == 2)
    let spool = JournalSpool(journal, signal: 0)
    // The body of the second record of each segment.
    let begin = 64 + Self.frameBytes + 32
    disk.bad.withLock { $0 = begin + 48..<begin + 50 }
    guard case .request(let first) = try spool.next() else {
      Issue.record("the first record can be read")
      return
    }
    for _ in 0..<20 { #expect(throws: SystemError.self) { try spool.next() } }
    disk.advance(.seconds(299))
    #expect(throws: SystemError.self) { try spool.next() }
    #expect(journal.statistics.lost == 0)
    disk.advance(.seconds(1))
    guard case .request(let third) = try spool.next() else {
      Issue.record("reading goes on behind the record")
      return
    }
    #expect(third.record.batchID == Self.ids[2])
    // The other segment is as bad, and has its own time.
    guard case .lost(1) = try spool.next() else {
      Issue.record("the record is counted")
      return
    }
    #expect(disk.logged("cannot be read").count == 1)
    #expect(disk.logged("cannot be read")[0].contains(try fixture.segments[0]))
    disk.bad.withLock { $0 = 0..<0 }
    #expect(try Self.drain(spool) == (Array(Self.ids[3...]), 0))
    #expect(journal.statistics.lost == 1)
    #expect(try fixture.segments.count == 2, "records of the first are not stored yet")
    first.kept.release()
    third.kept.release()
    journal.stop()
    #expect(try fixture.segments.isEmpty)
    let aside = try File.entries(ofDirectory: "\(fixture.folder)/journal/refused")
    #expect(aside.map { $0.hasSuffix(".unreadable") } == [true])
  }

  @Test func `a segment that cannot be read at all is set aside, and can be moved back`() throws {
    let fixture = try JournalFixture()
    let disk = Disk()
    let journal = try fixture.open(logger: disk.logger) { options in
      options.segmentBytesMax = 64 + 3 * Self.frameBytes
      disk.set(&options)
    }
    for id in Self.ids { _ = journal.keep(id, "0123456789", isSpooled: true) }
    let path = try fixture.segments[0]
    disk.bad.withLock { $0 = 0..<10 }
    let spool = JournalSpool(journal, signal: 0)
    for _ in 0..<9 { #expect(throws: SystemError.self) { try spool.next() } }
    disk.advance(.seconds(300))
    guard case .lost(3) = try spool.next() else {
      Issue.record("three requests are in it")
      return
    }
    disk.bad.withLock { $0 = 0..<0 }
    #expect(try Self.drain(spool) == (Array(Self.ids[3...]), 0))
    eventually { journal.statistics.segmentsSetAside == 1 }
    let (line, others) = (disk.logged("is set aside. When").first, disk.logged("is set aside. When").count - 1)
    #expect(others == 0)
    #expect(line?.contains("move_back_to=\(path)") == true, "\(line ?? "")")
    journal.stop()
    let aside = try File.entries(ofDirectory: "\(fixture.folder)/journal/refused")
    #expect(aside.map { $0.hasSuffix(".unreadable") } == [true])
    try File.move("\(fixture.folder)/journal/refused/\(aside[0])", to: path)
    let again = try fixture.open()
    #expect(try again.contents() == Self.ids[..<3].map { "\($0) 0123456789" })
    again.stop()
  }

  @Test func `a disk that works again in time costs nothing`() throws {
    let fixture = try JournalFixture()
    let disk = Disk()
    let journal = try fixture.open(disk.set)
    for id in Self.ids { _ = journal.keep(id, "0123456789", isSpooled: true) }
    let spool = JournalSpool(journal, signal: 0)
    for _ in 0..<3 {
      disk.bad.withLock { $0 = 0..<1_000 }
      for _ in 0..<20 { #expect(throws: SystemError.self) { try spool.next() } }
      disk.advance(.seconds(200))
      disk.bad.withLock { $0 = 0..<0 }
      #expect(try spool.next() != nil)
    }
    #expect(journal.statistics.lost == 0)
    journal.stop()
  }

  @Test func `a refused request that cannot be copied is counted as lost and its segment kept`() throws {
    let fixture = try JournalFixture()
    let journal = try fixture.open()
    let (entry, _) = journal.keep(3, "0123456789")
    let path = try fixture.segments[0]
    var bytes = try File.read(path)
    bytes[64 + 32 + 48 + 2] ^= 1
    try File.overwrite(path, bytes)
    entry.setAside(reason: "no")
    #expect(journal.statistics.lost == 1)
    journal.stop()
    #expect(
      try File.entries(ofDirectory: "\(fixture.folder)/journal/refused").map { $0.hasSuffix(".damaged") } == [true])
  }

  @Test func `requests that several threads set aside at once are all kept, and none counts as lost`() throws {
    let fixture = try JournalFixture()
    // The second thread looks for old ones all the time.
    let journal = try fixture.open { $0.refusedSweepInterval = .zero }
    let entries = (1...90).map { journal.keep(UInt64($0), "0123456789").entry }
    let threads = try (0..<3).map { index in
      ThreadHandle(
        try Thread(name: "aside-\(index)") {
          for entry in entries[(30 * index)..<(30 * index + 30)] { entry.setAside(reason: "no") }
        })
    }
    for thread in threads { thread.join() }
    #expect(journal.statistics.refused == 90)
    #expect(journal.statistics.lost == 0)
    journal.stop()
    #expect(try File.entries(ofDirectory: "\(fixture.folder)/journal/refused").count == 180)
  }

  @Test func `a start names a segment that cannot be read and what to do`() throws {
    let fixture = try JournalFixture()
    try fixture.open().stop()
    let path = "\(fixture.folder)/journal/\(Segment.name(1))"
    try File.makeDirectories(path)
    defer { _ = unsafe rmdir(path) }
    let error = #expect(throws: ErrorReport.self) { try fixture.open() }
    #expect(error?.message.contains("segment \(path) cannot be read") == true)
    #expect(error?.message.contains("move it out of the folder") == true)
  }
}
