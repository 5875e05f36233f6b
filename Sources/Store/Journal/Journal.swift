package import Base
import Compression
package import Engine
package import Metrics
import Synchronization
import System

/// Keeps requests on the disk from their acknowledgement until their rows are stored.
///
/// Event loops append to memory; a thread writes what has come in one call and says that it is kept, and another one
/// synchronises it and removes segments whose records are all stored. One journal owns its folder, which it locks until it
/// is stopped. See docs/adr/0014-journal.md.
package final class Journal: Sendable {
  struct Waiting: Sendable {
    let entry: JournalEntry
    /// Where its frame begins in the buffer.
    let offset: Int
    /// The number of its signal where it is to be read back.
    let spooledSignal: UInt8?
    let whenKept: @Sendable (Bool) -> Void
  }

  struct State: Sendable {
    /// Frames that wait to be written.
    var buffer: [UInt8] = []
    var waiting: [Waiting] = []
    /// The oldest first; only the last may take records.
    var segments: [Segment] = []
    var nextSequence: UInt64 = 1
    var nextNumber: UInt64
    var isWriting = false
    var isStopping = false
    var cleanedAt: Instant?
    /// When to look for requests that were set aside long ago.
    var sweepRefusedAt = Instant(nanoseconds: 0)
  }

  let options: JournalOptions
  let logger: Logger
  /// The id of the data directory, and what begins each frame of this process.
  let id: [UInt8]
  let marker: UInt64
  let state: Monitor<State>
  /// When the second thread has something to do.
  let alarm = Monitor(JournalAlarm())
  let instruments = JournalInstruments()
  /// The latest write, if it failed.
  let writeFailure = Mutex<WriteFailure?>(nil)
  /// What was found when the folder was opened.
  package let survey: JournalSurvey
  private let threads = Mutex<[ThreadHandle]>([])
  private let lock: Mutex<SegmentFile?>

  /// Opens a folder and looks through what an earlier process has left there.
  ///
  /// - Parameter identityPath: the file with the id of the data directory; made if it is not there.
  package init(_ options: JournalOptions, identityPath: String, logger: Logger) throws {
    self.options = options
    self.logger = logger
    let folder = try JournalFolder(options.folder, identityPath: identityPath)
    id = folder.id
    lock = Mutex(folder.lock)
    marker = UInt64.random(in: 1 ... .max)
    survey = folder.survey
    // A number is never given twice: the microseconds since 1970 are more than there were records.
    let first = max(folder.survey.lastNumber &+ 1, UInt64(max(0, WallClock.now.rawValue / 1_000)))
    state = Monitor(
      State(
        segments: folder.segments, nextSequence: (folder.segments.last?.sequence ?? 0) + 1, nextNumber: first))
    instruments.found(folder.survey)
    instruments.bytes.store(folder.segments.reduce(0) { $0 + $1.bytes }, ordering: .relaxed)
    let spooledCount = folder.segments.reduce(0) { $0 + $1.spooledCounts.values.reduce(0, +) }
    instruments.spooledCount.store(spooledCount, ordering: .relaxed)
    state.withLock { noteAge($0) }
    report(folder.survey)
    for place in folder.unreadable {
      JournalEntry(of: self, at: place).setAside(reason: "its fields are not those of version \(JournalFormat.version)")
    }
    wakeTidier(at: .now)
    let writer = ThreadHandle(try Thread(name: "journal") { [self] in write() })
    let syncer = ThreadHandle(try Thread(name: "journal-sync") { [self] in tidy() })
    threads.withLock { $0 = [writer, syncer] }
  }

  private func report(_ survey: JournalSurvey) {
    guard survey.segmentCount > 0 else { return }
    logger.info(
      "requests found in the journal", .init("requests", survey.recordCount), .init("segments", survey.segmentCount),
      .init("torn_bytes", survey.tornBytes))
    guard survey.damagedCount > 0 || survey.lostCount > 0 else { return }
    let loss =
      survey.lostCount > 0
      ? "requests in it are lost" : "no request is known to be lost, but one at the end of a segment may be"
    logger.error(
      "the journal is damaged; \(loss). Look at the disk, and at the files in the folder",
      .init("damaged_places", survey.damagedCount), .init("lost_requests", survey.lostCount),
      .init("folder", refusedFolder))
  }

  /// Why no request may be taken, for its sender; nil when they may.
  ///
  /// Cheap: it is asked for every request.
  package var refusal: String? {
    if instruments.bytes.load(ordering: .relaxed) >= options.bytesMax {
      return "the journal is full (\(ByteCountText.format(options.bytesMax)) waiting to be stored)"
    }
    if instruments.pendingBytes.load(ordering: .relaxed) >= options.pendingBytesMax {
      return
        "the disk is slower than what arrives (\(ByteCountText.format(options.pendingBytesMax)) waiting to be written)"
    }
    let age = options.now().rawValue &- instruments.oldestAt.load(ordering: .relaxed)
    if age > options.ageMax.wholeNanoseconds {
      return "requests have waited for longer than ingest.journal_age to be stored"
    }
    return nil
  }

  /// Why requests cannot be kept at present, although they may be taken; nil when nothing is known to be wrong.
  ///
  /// It asks the kernel about the disk, so it is for checks, not for every request.
  package var problem: String? {
    guard let space = try? FileSystemSpace(of: options.folder) else { return "the journal's folder cannot be examined" }
    if space.isReadOnly { return "the journal's disk is read-only" }
    guard let failure = writeFailure.withLock({ $0 }) else { return nil }
    // Requests may be kept away meanwhile, so it is not the next one that has to find that there is room again.
    if failure.error.isNoSpace {
      return space.freeBytes <= failure.byteCount ? "the journal's disk is full" : nil
    }
    return options.instant() - failure.at < Self.failureAgeMax ? "the journal cannot be written: \(failure.error)" : nil
  }

  /// How long a failed write counts that says nothing about the disk's room.
  ///
  /// Default 30 s.
  private static let failureAgeMax = Duration.seconds(30)

  /// Notes when the oldest request came that waits to be stored, as near as its segment says.
  func noteAge(_ state: borrowing State) {
    let oldest = state.segments.first { $0.outstandingCount > 0 }
    instruments.oldestAt.store(oldest?.madeAt ?? .max, ordering: .relaxed)
  }

  /// Takes a request.
  ///
  /// It does not wait for the disk.
  ///
  /// - Parameter whenKept: called once, from any thread: whether the request survives the end of the process, and with
  ///   ``JournalSync/always`` the failure of the power.
  package func append(
    _ record: JournalRecord, body: UnsafeRawBufferPointer, whenKept: @escaping @Sendable (Bool) -> Void
  ) -> any KeptRequest {
    let fields = record.bytes
    let checksum = unsafe CRC32.checksum(body, after: fields.withUnsafeBytes { unsafe CRC32.checksum($0) })
    let payloadBytes = fields.count + body.count
    let header = Frame.header(marker: marker, payloadBytes: payloadBytes, checksum: checksum)
    let entry = JournalEntry(of: self)
    instruments.pendingBytes.add(header.count + payloadBytes, ordering: .relaxed)
    let isFirst = unsafe add(
      header, fields, body,
      Waiting(
        entry: entry, offset: 0, spooledSignal: record.isSpooled ? record.signal : nil, whenKept: whenKept))
    if isFirst { state.notifyAll() }
    return entry
  }

  private func add(
    _ header: [UInt8], _ fields: [UInt8], _ body: UnsafeRawBufferPointer, _ waiting: Waiting
  ) -> Bool {
    state.withLock { state in
      state.waiting.append(
        Waiting(
          entry: waiting.entry, offset: state.buffer.count, spooledSignal: waiting.spooledSignal,
          whenKept: waiting.whenKept))
      state.buffer += header
      state.buffer += fields
      unsafe state.buffer.append(contentsOf: body)
      return state.waiting.count == 1
    }
  }

  func release(_ place: JournalEntry.Place) {
    let isDone = state.withLock { state -> Bool in
      guard let index = state.segments.lastIndex(where: { $0.sequence == place.sequence }) else { return false }
      state.segments[index].outstandingCount -= 1
      guard state.segments[index].outstandingCount == 0 else { return false }
      noteAge(state)
      return true
    }
    if isDone { wakeTidier(at: .now) }
  }

  /// Waits until what was appended is written, and removes what is stored.
  ///
  /// Nothing may be appended after this.
  package func stop() {
    state.withLock { $0.isStopping = true }
    state.notifyAll()
    alarm.withLock { $0.isStopping = true }
    alarm.notifyAll()
    for thread in threads.withLock({ $0 }) { thread.join() }
    closeAll()
    lock.withLock { $0 = nil }
  }

  /// Where records go that cannot be stored, and segments that were damaged.
  var refusedFolder: String { "\(options.folder)/refused" }

  package var statistics: JournalStatistics { instruments.statistics }
  /// How long it took until written records were on the device, in seconds.
  package var syncSeconds: HistogramSnapshot { instruments.syncSeconds.snapshot() }
}

/// A write that failed, and how much it was to write.
struct WriteFailure: Sendable {
  let error: SystemError
  let byteCount: Int
  let at: Instant
}

struct JournalAlarm: Sendable {
  var wakeAt = Instant.distantFuture
  var isStopping = false
}
