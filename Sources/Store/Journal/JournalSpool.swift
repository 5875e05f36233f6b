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
  /// Throws when the disk does not give its bytes; the same request is tried again by the next call.
  package func next() throws(SystemError) -> Reading? {
    try place.withLock { place throws(SystemError) in
      while let segment = journal.firstSpooled(signal) {
        do throws(SystemError) {
          if place.sequence != segment.sequence { place = try SpoolPlace(in: segment) }
          while let frame = try place.next(in: segment) {
            guard let record = JournalRecord(payload: frame.payload[...]), record.signal == signal,
              record.isSpooled || segment.isFound
            else { continue }
            let entry = JournalEntry(of: journal, at: .init(sequence: segment.sequence, number: frame.number))
            journal.didRead(signal, segment.sequence)
            return .request(
              SpooledRequest(record: record, payload: frame.payload, kept: entry, isFound: segment.isFound))
          }
        } catch {
          guard error.isNoSuchFile else { throw error }
        }
        let lostCount = journal.lose(signal, segment.sequence)
        if lostCount > 0 { return .lost(lostCount) }
      }
      return nil
    }
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
  var sequence: UInt64 = 0
  private var file: SegmentFile?
  private var marker: UInt64 = 0
  private var offset = JournalFormat.segmentHeaderBytes

  init() {}

  init(in segment: Segment) throws(SystemError) {
    let file = SegmentFile(try File.open(segment.path))
    let begin = try file.descriptor.read(
      at: 0, count: JournalFormat.segmentHeaderBytes + JournalFormat.frameHeaderBytes)
    sequence = segment.sequence
    self.file = file
    // A reader finds the marker also where the header is damaged.
    marker = SegmentReader(file: begin).marker ?? 0
  }

  /// The next whole record; nil at the end of what is written.
  mutating func next(in segment: Segment) throws(SystemError) -> (number: UInt64, payload: [UInt8])? {
    guard let file else { return nil }
    while offset < segment.bytes {
      let header = try file.descriptor.read(at: offset, count: JournalFormat.frameHeaderBytes)
      let begin = offset + JournalFormat.frameHeaderBytes
      guard let frame = Frame(header, at: 0, marker: marker), begin + frame.payloadBytes <= segment.bytes else {
        offset = try placeBehindDamage(segment)
        continue
      }
      let payload = try file.descriptor.read(at: begin, count: frame.payloadBytes)
      offset = begin + frame.payloadBytes
      // What is missing at the end of the segment is counted there.
      if unsafe payload.withUnsafeBytes({ unsafe CRC32.checksum($0) }) == frame.checksum {
        return (frame.number, payload)
      }
    }
    return nil
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
