import System

/// An open file of records.
final class SegmentFile: Sendable {
  let descriptor: FileDescriptor

  init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
}

/// A segment as the journal knows it.
struct Segment: Sendable {
  let sequence: UInt64
  let path: String
  /// Nil once it is no longer written to.
  var file: SegmentFile?
  var bytes: Int
  /// Records whose rows are not stored yet.
  var outstandingCount = 0
  /// Records of each signal that are to be read back from it; part of the above.
  var spooledCounts: [UInt8: Int] = [:]
  /// Whether an earlier process wrote it, so that every record of it is read back.
  var isFound = false
  /// In nanoseconds since 1970.
  var madeAt: Int64
  /// Whether it takes no more records.
  var isSealed = false
  /// When the oldest bytes were written that may not be on the device yet.
  var dirtySince: Instant?
  var beganAt: Instant
  var wroteAt: Instant
  /// Whether bytes of it were changed on the disk, so that it is put aside rather than removed.
  var isDamaged = false
  /// Whether places of it could not be read, so that this is what it is put aside for.
  var isUnreadable = false

  /// The file of a sequence number; names in their order are segments in theirs.
  static func name(_ sequence: UInt64) -> String {
    let digits = String(sequence)
    return String(repeating: "0", count: max(0, 16 - digits.count)) + digits + JournalFormat.fileSuffix
  }

  static func sequence(ofFile name: String) -> UInt64? {
    guard name.hasSuffix(JournalFormat.fileSuffix) else { return nil }
    return UInt64(name.dropLast(JournalFormat.fileSuffix.count))
  }
}
