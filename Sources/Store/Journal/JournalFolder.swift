import Base
import System

/// What a journal's folder held when it was opened.
package struct JournalSurvey: Sendable, Equatable {
  package var segmentCount = 0
  package var recordCount = 0
  /// Places whose bytes were changed, and records that are missing, as far as their numbers say.
  package var damagedCount = 0
  package var lostCount = 0
  /// Bytes of records whose writing was cut off.
  package var tornBytes = 0
  /// Before the rows of any record of a signal were stored, in nanoseconds since 1970; for signals with records.
  package var storedAfter: [UInt8: Int64] = [:]
  /// The latest requests of which repeats are recognised, at most ``repeatsMax``.
  package var repeats: [JournalRepeat] = []
  static let repeatsMax = 262_144
  var lastNumber: UInt64 = 0
}

/// A request in the journal of which repeats are recognised.
package struct JournalRepeat: Sendable, Equatable {
  package let signal: UInt8
  package let tenant: UInt32
  package let batchID: UInt64
}

/// Reads the segments of a folder.
struct JournalFolder {
  private(set) var id: [UInt8] = []
  /// Keeps other processes from the folder while it is open.
  let lock: SegmentFile
  private(set) var segments: [Segment] = []
  private(set) var survey = JournalSurvey()
  /// Whole records that do not say what they are.
  private(set) var unreadable: [JournalEntry.Place] = []

  /// Throws an ``ErrorReport`` for a folder that cannot be used, or whose segments this version must not touch.
  init(_ folder: String, identityPath: String) throws {
    do throws(SystemError) {
      try File.makeDirectories(folder, mode: 0o700)
      try File.makePrivate(folder, mode: 0o700)
      lock = SegmentFile(try File.lock(directory: folder))
    } catch {
      throw error.isWouldBlock ? Self.report(inUse: folder) : Self.report(error, folder)
    }
    let names: [String]
    do throws(SystemError) { names = try File.entries(ofDirectory: folder) } catch { throw Self.report(error, folder) }
    let sequences = names.compactMap { Segment.sequence(ofFile: $0) }.sorted()
    var id = try Self.readIdentity(identityPath)
    var expected: (marker: UInt64, number: UInt64)?
    for sequence in sequences {
      let path = "\(folder)/\(Segment.name(sequence))"
      let file: [UInt8]
      do throws(SystemError) {
        file = try File.read(path, sizeMax: JournalFormat.fileBytesMax)
      } catch {
        throw Self.report(unreadable: path, error)
      }
      var madeAt = WallClock.now.rawValue
      switch SegmentHeader.read(file) {
      case .version(let version): throw Self.report(version: version, path)
      case .header(let header):
        id = id ?? header.id
        madeAt = header.madeAt
        guard header.id == id else { throw Self.report(foreign: path) }
        if expected?.marker != header.marker { expected = (header.marker, header.firstNumber) }
      case .torn where file.count < JournalFormat.segmentHeaderBytes:
        // The process ended before the first record.
        do throws(SystemError) { try File.remove(path) } catch { throw Self.report(error, path) }
        survey.tornBytes += file.count
        continue
      case .torn, .damaged: survey.damagedCount += 1
      }
      add(file, path, sequence, madeAt: madeAt, &expected)
    }
    if let id {
      if !File.exists(identityPath) { try Self.write(id, identityPath) }
      self.id = id
    } else {
      self.id = try Self.makeIdentity(identityPath)
    }
  }

  private mutating func add(
    _ file: [UInt8], _ path: String, _ sequence: UInt64, madeAt: Int64,
    _ expected: inout (marker: UInt64, number: UInt64)?
  ) {
    let now = Instant.now
    var segment = Segment(sequence: sequence, path: path, bytes: file.count, madeAt: madeAt, beganAt: now, wroteAt: now)
    segment.isSealed = true
    segment.isFound = true
    var reader = SegmentReader(file: file)
    if case .damaged = SegmentHeader.read(file) { segment.isDamaged = true }
    while let finding = reader.next() {
      switch finding {
      case .torn(let bytes): survey.tornBytes += bytes.count
      case .damaged(_, let number):
        survey.damagedCount += 1
        segment.isDamaged = true
        if let number { note(number, isWhole: false, &expected) }
      case .record(let number, let payload):
        note(number, isWhole: true, &expected)
        survey.recordCount += 1
        segment.outstandingCount += 1
        if let record = JournalRecord(payload: file[payload]) {
          segment.spooledCounts[record.signal, default: 0] += 1
          note(record)
        } else {
          unreadable.append(.init(sequence: sequence, number: number))
        }
      }
    }
    survey.segmentCount += 1
    segments.append(segment)
  }

  private mutating func note(_ record: JournalRecord) {
    survey.storedAfter[record.signal] = min(survey.storedAfter[record.signal] ?? .max, record.storedAfter)
    guard record.isRecognisable else { return }
    // The oldest half goes at once, so that this stays cheap.
    if survey.repeats.count >= JournalSurvey.repeatsMax { survey.repeats.removeFirst(JournalSurvey.repeatsMax / 2) }
    survey.repeats.append(JournalRepeat(signal: record.signal, tenant: record.tenant, batchID: record.batchID))
  }

  /// Counts what is missing before a record of a number.
  private mutating func note(_ number: UInt64, isWhole: Bool, _ expected: inout (marker: UInt64, number: UInt64)?) {
    if let next = expected?.number, number > next { survey.lostCount += Int(clamping: number - next) }
    if !isWhole { survey.lostCount += 1 }
    expected?.number = number &+ 1
    survey.lastNumber = max(survey.lastNumber, number)
  }

  // MARK: - The id of the data directory

  private static func readIdentity(_ path: String) throws -> [UInt8]? {
    guard File.exists(path) else { return nil }
    do throws(SystemError) {
      let digits = try File.read(path, sizeMax: 256).prefix { $0 != UInt8(ascii: "\n") }
      guard let high = Hex.decode(digits.prefix(16)), let low = Hex.decode(digits.dropFirst(16)) else { return nil }
      var id: [UInt8] = []
      id.append(high.byteSwapped)
      id.append(low.byteSwapped)
      return id
    } catch {
      throw report(error, path)
    }
  }

  private static func makeIdentity(_ path: String) throws -> [UInt8] {
    let id = (0..<JournalFormat.idBytes).map { _ in UInt8.random(in: 0...255) }
    try write(id, path)
    return id
  }

  private static func write(_ id: [UInt8], _ path: String) throws {
    do throws(SystemError) {
      try File.writeAtomically(path, Array((Hex.encode(id) + "\n").utf8), mode: 0o600)
    } catch {
      throw report(error, path)
    }
  }

  // MARK: - What a user can do

  private static func report(_ error: SystemError, _ path: String) -> ErrorReport {
    ErrorReport(
      code: "journal_unusable",
      message: """
        The journal cannot be used: \(error) on \(path). Make it readable and writable for the user who runs axonize, and \
        free space on its disk.
        """)
  }

  private static func report(unreadable path: String, _ error: SystemError) -> ErrorReport {
    ErrorReport(
      code: "journal_unusable",
      message: """
        The journal's segment \(path) cannot be read: \(error). Make it readable for the user who runs axonize, and look at \
        its disk. If it is lost, move it out of the folder: the server starts without the requests in it.
        """)
  }

  private static func report(inUse folder: String) -> ErrorReport {
    ErrorReport(
      code: "journal_in_use",
      message: """
        The journal \(folder) is in use by another process. Stop it, or start this server with another data_dir; two data \
        directories cannot share a journal.
        """)
  }

  private static func report(version: UInt32, _ path: String) -> ErrorReport {
    ErrorReport(
      code: "journal_version",
      message: """
        The journal's segment \(path) has version \(version); this axonize knows \(JournalFormat.version). Start the \
        version that wrote it and stop it again, which stores what the journal holds.
        """)
  }

  private static func report(foreign path: String) -> ErrorReport {
    ErrorReport(
      code: "journal_foreign",
      message: """
        The journal's segment \(path) belongs to another data directory. Move it back there, or out of the way: its \
        requests would be stored here as if they had been sent to this server.
        """)
  }
}
