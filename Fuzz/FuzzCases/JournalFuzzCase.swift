import Journal

/// Properties of the journal's reader.
///
/// It never traps, and what it finds covers the file behind its header once, in order. A whole record lies behind a
/// header of 32 bytes.
package enum JournalFuzzCase {
  private static let headerBytes = 64

  package static func run(_ input: [UInt8]) {
    check(input)
    // Behind a header and first frame that a reader believes, damage is looked at byte by byte.
    check(SegmentSample.bytes + input)
    var changed = SegmentSample.bytes
    for (index, byte) in input.enumerated() where index < 64 {
      changed[(index &* 7 &+ Int(byte)) % changed.count] ^= byte
    }
    check(changed)
  }

  private static func check(_ file: [UInt8]) {
    var reader = SegmentReader(file: file)
    var end = min(file.count, headerBytes)
    while let finding = reader.next() {
      let range: Range<Int>
      switch finding {
      case .record(_, let payload):
        precondition(payload.lowerBound >= headerBytes + 32, "a record without its header")
        range = payload.lowerBound - 32..<payload.upperBound
        _ = JournalRecord(payload: file[payload])
      case .damaged(let bytes, _): range = bytes
      case .torn(let bytes):
        range = bytes
        precondition(bytes.upperBound == file.count, "torn before the end")
      }
      precondition(range.lowerBound == end && range.upperBound > end, "\(range) follows \(end)")
      end = range.upperBound
    }
    precondition(end == file.count, "\(file.count - end) bytes were not looked at")
  }
}

/// A segment of a few records.
enum SegmentSample {
  static let bytes = SegmentReader.sample(bodies: [[1, 2, 3], [], [UInt8](repeating: 9, count: 40)])
}
