import Base
import Compression
package import Engine
import Metrics
import Synchronization
package import System

/// Reads requests of one signal back whose rows are in the journal alone: those that found no room in memory, and all that
/// an earlier process left.
///
/// They come in the order in which they were written. Memory is that of one request, but for a damaged segment, which is read
/// whole. One thread at a time reads.
package final class JournalSpool: Sendable {
  /// What the spool has next.
  package enum Reading {
    case request(SpooledRequest)
    /// So many requests are missing from a segment; they are counted, and the segment is set aside.
    case lost(Int)
  }

  private let journal: Journal
  private let signal: UInt8
  private let place = Mutex(SpoolPlace())

  /// - Parameter signal: As in ``JournalRecord/signal``.
  package init(_ journal: Journal, signal: UInt8) {
    self.journal = journal
    self.signal = signal
  }

  /// The next request; nil when none is written that was not read.
  ///
  /// Throws when the disk does not give its bytes; the same request is tried again by the next call, until the journal's
  /// ``JournalOptions/readTimeMax`` is over. What can be read behind it comes then, and the segment is set aside.
  package func next() throws(SystemError) -> Reading? {
    try place.withLock { place throws(SystemError) in
      while let segment = journal.firstSpooled(signal) {
        if place.sequence != segment.sequence { place = SpoolPlace(in: segment) }
        do throws(SystemError) {
          if let request = try next(of: segment, &place) { return .request(request) }
        } catch {
          if !error.isNoSuchFile {
            guard place.isFinal(failureAt: journal.options.instant(), journal.options) else { throw error }
            journal.giveUp(segment, error)
            if place.skipRecord() { continue }
          }
        }
        let lostCount = journal.lose(signal, segment.sequence)
        if lostCount > 0 { return .lost(lostCount) }
      }
      return nil
    }
  }

  /// The next request of a segment; nil when there is none in it.
  private func next(of segment: Segment, _ place: inout SpoolPlace) throws(SystemError) -> SpooledRequest? {
    while let frame = try place.next(in: segment, journal.options.read) {
      guard let record = JournalRecord(payload: frame.payload[...]), record.signal == signal,
        record.isSpooled || segment.isFound
      else { continue }
      let entry = JournalEntry(of: journal, at: .init(sequence: segment.sequence, number: frame.number))
      journal.didRead(signal, segment.sequence)
      return SpooledRequest(record: record, payload: frame.payload, kept: entry, isFound: segment.isFound)
    }
    return nil
  }

  /// Notes that the rows of a request are in memory again.
  package func didTake(_ request: SpooledRequest) {
    if request.isFound { journal.instruments.replayed.add() }
  }
}

/// A request that was read back.
package struct SpooledRequest: Sendable {
  package let record: JournalRecord
  private let payload: [UInt8]
  /// What keeps it until its rows are stored.
  package let kept: any KeptRequest
  /// Whether an earlier process wrote it, so that its rows may be stored already.
  package let isFound: Bool

  fileprivate init(record: JournalRecord, payload: [UInt8], kept: any KeptRequest, isFound: Bool) {
    self.record = record
    self.payload = payload
    self.kept = kept
    self.isFound = isFound
  }

  package var body: ArraySlice<UInt8> { payload.dropFirst(JournalRecord.fieldBytes) }
}

/// How far the segments are read.
private struct SpoolPlace: Sendable {
  private(set) var sequence: UInt64 = 0
  private var file: SegmentFile?
  private var marker: UInt64 = 0
  private var offset = JournalFormat.segmentHeaderBytes
  /// Where the record ends whose payload is being read.
  private var endOfRecord: Int?
  /// Attempts to read that failed since the last that did not.
  private var failures: (since: Instant, count: Int)?
  /// Whether reading the segment is not tried again where it fails.
  private var isGivenUp = false

  init() {}

  init(in segment: Segment) { sequence = segment.sequence }

  /// The next whole record; nil at the end of what is written.
  mutating func next(
    in segment: Segment, _ read: (borrowing FileDescriptor, Int, Int) throws(SystemError) -> [UInt8]
  ) throws(SystemError) -> (number: UInt64, payload: [UInt8])? {
    let file = try open(segment, read)
    while offset < segment.bytes {
      endOfRecord = nil
      let header = try read(file.descriptor, offset, JournalFormat.frameHeaderBytes)
      let begin = offset + JournalFormat.frameHeaderBytes
      guard let frame = Frame(header, at: 0, marker: marker), begin + frame.payloadBytes <= segment.bytes else {
        offset = try placeBehindDamage(segment)
        continue
      }
      endOfRecord = begin + frame.payloadBytes
      let payload = try read(file.descriptor, begin, frame.payloadBytes)
      offset = begin + frame.payloadBytes
      failures = nil
      // What is missing at the end of the segment is counted there.
      if unsafe payload.withUnsafeBytes({ unsafe CRC32.checksum($0) }) == frame.checksum {
        return (frame.number, payload)
      }
    }
    return nil
  }

  private mutating func open(
    _ segment: Segment, _ read: (borrowing FileDescriptor, Int, Int) throws(SystemError) -> [UInt8]
  ) throws(SystemError) -> SegmentFile {
    if let file { return file }
    let file = SegmentFile(try File.open(segment.path))
    let begin = try read(file.descriptor, 0, JournalFormat.segmentHeaderBytes + JournalFormat.frameHeaderBytes)
    // A reader finds the marker also where the header is damaged.
    marker = SegmentReader(file: begin).marker ?? 0
    self.file = file
    return file
  }

  /// Notes that reading failed; whether it is not to be tried again.
  mutating func isFinal(failureAt now: Instant, _ options: JournalOptions) -> Bool {
    let failures = (since: self.failures?.since ?? now, count: (self.failures?.count ?? 0) + 1)
    self.failures = failures
    if failures.count >= options.readCountMin, now - failures.since >= options.readTimeMax { isGivenUp = true }
    return isGivenUp
  }

  /// Goes behind a record that cannot be read; false where it is not known where it ends.
  mutating func skipRecord() -> Bool {
    guard let endOfRecord else { return false }
    offset = endOfRecord
    self.endOfRecord = nil
    return true
  }

  /// Where the next whole record begins.
  private func placeBehindDamage(_ segment: Segment) throws(SystemError) -> Int {
    let bytes = try File.read(segment.path, sizeMax: JournalFormat.fileBytesMax)
    var reader = SegmentReader(file: Array(bytes.prefix(segment.bytes)))
    while let finding = reader.next() {
      guard case .record(_, let payload) = finding else { continue }
      let begin = payload.lowerBound - JournalFormat.frameHeaderBytes
      if begin > offset { return begin }
    }
    return segment.bytes
  }
}

extension Journal {
  /// The oldest segment with requests of a signal that are to be read back.
  fileprivate func firstSpooled(_ signal: UInt8) -> Segment? {
    state.withLock { state in state.segments.first { $0.spooledCounts[signal, default: 0] > 0 } }
  }

  fileprivate func didRead(_ signal: UInt8, _ sequence: UInt64) {
    state.withLock { state in
      guard let index = state.segments.firstIndex(where: { $0.sequence == sequence }) else { return }
      state.segments[index].spooledCounts[signal, default: 0] -= 1
    }
    instruments.spooledCount.subtract(1, ordering: .relaxed)
  }

  /// Notes that places of a segment cannot be read, so that it is kept when the rest of it is stored.
  fileprivate func giveUp(_ segment: Segment, _ error: SystemError) {
    let isNews = state.withLock { state -> Bool in
      guard let index = state.segments.firstIndex(where: { $0.sequence == segment.sequence }) else { return false }
      defer {
        state.segments[index].isDamaged = true
        state.segments[index].isUnreadable = true
      }
      return !state.segments[index].isUnreadable
    }
    guard isNews else { return }
    logger.error(
      """
      a segment of the journal cannot be read; it is not tried any longer. What can be read of it is stored, and the file \
      is set aside in the folder for refused requests. Look at the disk
      """, .init("segment", segment.path), .init("folder", refusedFolder), .init("error", error))
  }

  /// Gives up what is missing from a segment that was read to its end; how many requests.
  fileprivate func lose(_ signal: UInt8, _ sequence: UInt64) -> Int {
    let count = state.withLock { state -> Int in
      guard let index = state.segments.firstIndex(where: { $0.sequence == sequence }) else { return 0 }
      let count = state.segments[index].spooledCounts.removeValue(forKey: signal) ?? 0
      state.segments[index].outstandingCount -= count
      state.segments[index].isDamaged = true
      noteAge(state)
      return count
    }
    guard count > 0 else { return 0 }
    instruments.spooledCount.subtract(count, ordering: .relaxed)
    instruments.damaged.add()
    instruments.lost.add(count)
    logger.error(
      "a segment of the journal is damaged or gone; requests in it are lost. Look at the disk",
      .init("segment", Segment.name(sequence)), .init("lost_requests", count))
    wakeTidier(at: .now)
    return count
  }

  /// The signals of which requests are to be read back.
  package var spooledKinds: Set<UInt8> {
    state.withLock { state in
      state.segments.reduce(into: []) { kinds, segment in
        kinds.formUnion(segment.spooledCounts.lazy.filter { $0.value > 0 }.map(\.key))
      }
    }
  }

  /// How many requests of a signal are to be read back.
  package func spooledCount(_ signal: UInt8) -> Int {
    state.withLock { state in state.segments.reduce(0) { $0 + $1.spooledCounts[signal, default: 0] } }
  }
}
