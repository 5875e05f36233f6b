import Engine
import Journal
import System
import Testing

/// Goal: a damaged segment costs the damaged record alone.
///
/// Method: one segment, every cut and every flipped bit of it.
@Suite struct SegmentReaderTests {
  private static let bodies = ["first", "the second one", "third"]
  private static let headerBytes = 64

  /// A segment of three records, and where each frame ends.
  private static func segment() throws -> (file: [UInt8], ends: [Int]) {
    let fixture = try JournalFixture()
    let journal = try fixture.open()
    for (index, body) in bodies.enumerated() { _ = journal.keep(UInt64(index + 1), body) }
    journal.stop()
    let file = try File.read(try #require(try fixture.segments.first))
    var ends: [Int] = []
    for body in bodies { ends.append((ends.last ?? headerBytes) + 32 + 48 + body.utf8.count) }
    try #require(ends.last == file.count)
    return (file, ends)
  }

  private static func findings(_ file: [UInt8]) -> [SegmentReader.Finding] {
    var reader = SegmentReader(file: file)
    var findings: [SegmentReader.Finding] = []
    while let finding = reader.next() { findings.append(finding) }
    return findings
  }

  private static func bodies(_ file: [UInt8], _ findings: [SegmentReader.Finding]) -> [String] {
    findings.compactMap { finding in
      guard case .record(_, let payload) = finding else { return nil }
      return String(decoding: file[payload].dropFirst(JournalRecord.fieldBytes), as: UTF8.self)
    }
  }

  @Test func `a segment that was cut at any byte keeps the records before the cut`() throws {
    let (file, ends) = try Self.segment()
    for count in 0...file.count {
      let cut = Array(file.prefix(count))
      let findings = Self.findings(cut)
      let whole = ends.count { $0 <= count }
      #expect(Self.bodies(cut, findings) == Array(Self.bodies.prefix(whole)), "\(count)")
      let isWhole = count <= Self.headerBytes || ends.contains(count)
      #expect(findings.count == whole + (isWhole ? 0 : 1), "\(count)")
      if !isWhole, case .torn = findings.last {} else { #expect(isWhole, "\(count): \(findings)") }
    }
  }

  @Test func `blocks that were never written count as torn`() throws {
    let (file, ends) = try Self.segment()
    let blank = Array(file.prefix(ends[1])) + [UInt8](repeating: 0, count: 4096)
    let findings = Self.findings(blank)
    #expect(Self.bodies(blank, findings) == Array(Self.bodies.prefix(2)))
    #expect(findings.last == .torn(ends[1]..<blank.count))
  }

  @Test func `a flipped bit costs its record and no other`() throws {
    let (file, ends) = try Self.segment()
    for index in file.indices {
      for bit in 0..<8 {
        var flipped = file
        flipped[index] ^= 1 << UInt8(bit)
        let findings = Self.findings(flipped)
        // One in the segment's header costs nothing: the marker is in every frame.
        let hit = index < Self.headerBytes ? nil : ends.firstIndex { index < $0 }
        let expected = Self.bodies.enumerated().filter { $0.offset != hit }.map(\.element)
        #expect(Self.bodies(flipped, findings) == expected, "bit \(bit) of \(index)")
        let isReported = findings.contains { if case .record = $0 { false } else { true } }
        #expect(isReported == (hit != nil), "bit \(bit) of \(index)")
      }
    }
  }

  @Test func `bytes without a frame in front of records are skipped`() throws {
    let (file, ends) = try Self.segment()
    let noisy = Array(file[..<ends[0]]) + [UInt8](repeating: 7, count: 1_000) + Array(file[ends[0]...])
    let findings = Self.findings(noisy)
    #expect(Self.bodies(noisy, findings) == Self.bodies)
    #expect(findings.contains(.damaged(ends[0]..<ends[0] + 1_000, number: nil)))
  }

  @Test func `a frame inside a body is not taken for one`() throws {
    // A client cannot know the marker of a segment; a copied frame of another segment is not ours.
    let (other, otherEnds) = try Self.segment()
    let fixture = try JournalFixture()
    let journal = try fixture.open()
    let smuggled = other[Self.headerBytes..<otherEnds[0]].map { String($0) }.joined(separator: ",")
    _ = journal.keep(1, smuggled)
    _ = journal.keep(2, "next")
    journal.stop()
    var file = try File.read(try #require(try fixture.segments.first))
    file[70] ^= 1
    #expect(Self.bodies(file, Self.findings(file)) == ["next"])
  }
}
