import Compression

/// Finds the records in the bytes of a segment, even after bytes that were changed or are missing.
package struct SegmentReader {
  package enum Finding: Sendable, Equatable {
    /// A whole record; its payload lies in the file at this range.
    case record(number: UInt64, payload: Range<Int>)
    /// Bytes between records that are not frames, or a frame whose payload was changed. The number is known where only
    /// the payload is damaged.
    case damaged(Range<Int>, number: UInt64?)
    /// The file ends within a frame, as when the process or the machine stopped while it was written.
    case torn(Range<Int>)
  }

  private let file: [UInt8]
  let marker: UInt64?
  private var offset: Int

  /// - Parameter file: the whole segment. Its header MAY be damaged; the marker is then taken from the first frame.
  package init(file: [UInt8]) {
    self.file = file
    offset = min(file.count, JournalFormat.segmentHeaderBytes)
    switch SegmentHeader.read(file) {
    case .header(let header): marker = header.marker
    case .torn, .version: marker = nil
    case .damaged:
      let hasFrame = file.count >= offset + JournalFormat.frameHeaderBytes
      let candidate = hasFrame ? file.load(UInt64.self, at: offset) : 0
      marker = Frame(file, at: offset, marker: candidate) == nil ? nil : candidate
    }
  }

  /// The next finding; nil at the end of the file.
  package mutating func next() -> Finding? {
    guard offset < file.count else { return nil }
    let begin = offset
    guard let marker else {
      offset = file.count
      return isBlank(begin) ? .torn(begin..<offset) : .damaged(begin..<offset, number: nil)
    }
    if let frame = Frame(file, at: begin, marker: marker) {
      let payload = begin + JournalFormat.frameHeaderBytes
      guard payload + frame.payloadBytes <= file.count else { return endOrDamage(begin, marker) }
      offset = payload + frame.payloadBytes
      return isWhole(frame, payload..<offset)
        ? .record(number: frame.number, payload: payload..<offset) : .damaged(begin..<offset, number: frame.number)
    }
    return endOrDamage(begin, marker)
  }

  /// Looks for the next frame after bytes that are not one.
  ///
  /// If there is none, the file was cut there.
  private mutating func endOrDamage(_ begin: Int, _ marker: UInt64) -> Finding {
    var place = begin + 1
    while let found = search(marker, from: place) {
      if let frame = Frame(file, at: found, marker: marker) {
        let payload = found + JournalFormat.frameHeaderBytes
        if payload + frame.payloadBytes <= file.count, isWhole(frame, payload..<payload + frame.payloadBytes) {
          offset = found
          return .damaged(begin..<found, number: nil)
        }
      }
      place = found + 1
    }
    offset = file.count
    // A frame that the end of the file cuts, or blocks that were never written, is what a crash leaves behind. Anything
    // else was written once.
    let isCut = Frame(file, at: begin, marker: marker) != nil || file.count - begin < JournalFormat.frameHeaderBytes
    return isCut || isBlank(begin) ? .torn(begin..<offset) : .damaged(begin..<offset, number: nil)
  }

  private func isWhole(_ frame: Frame, _ payload: Range<Int>) -> Bool {
    unsafe file.withUnsafeBytes { unsafe CRC32.checksum(UnsafeRawBufferPointer(rebasing: $0[payload])) }
      == frame.checksum
  }

  private func isBlank(_ begin: Int) -> Bool { file[begin...].allSatisfy { $0 == 0 } }

  /// Where the bytes of a marker come next.
  private func search(_ marker: UInt64, from begin: Int) -> Int? {
    let first = UInt8(truncatingIfNeeded: marker)
    var place = begin
    while place + JournalFormat.frameHeaderBytes <= file.count {
      if file[place] == first, file.load(UInt64.self, at: place) == marker { return place }
      place += 1
    }
    return nil
  }
}
