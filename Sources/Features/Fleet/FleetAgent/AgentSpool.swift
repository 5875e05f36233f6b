import Base
import Engine
import Feature
import Journal
import Metrics
import System

/// Keeps requests on the disk while the server cannot take them, in the journal's format.
///
/// It belongs to the thread of its sender.
final class AgentSpool {
  private let journal: Journal
  private let reader: JournalSpool
  private let limits: AgentSpoolLimits
  private let statistics: AgentStatistics
  private let logger: Logger
  /// The oldest request, read and not sent yet.
  private var oldest: SpooledRequest?
  /// Of what waits; segments are removed a while later.
  private var waitingBytes: Int
  /// With the oldest request, which the journal no longer counts once it is read.
  private var waitingCount: Int
  private var readProblem: SystemError?

  /// Opens a folder, which no other process may have open, with what an earlier agent has left there.
  ///
  /// Throws an ``ErrorReport`` for a folder that cannot be used.
  init(_ folder: String, _ limits: AgentSpoolLimits, statistics: AgentStatistics, logger: Logger) throws {
    var options = JournalOptions(folder: folder)
    options.bytesMax = limits.bytesMax
    // What was sent goes a segment at a time.
    options.segmentBytesMax = limits.segmentBytes
    do {
      journal = try Journal(options, identityPath: "\(folder)/id", logger: logger)
    } catch let report as ErrorReport where report.code == "journal_in_use" {
      throw ErrorReport(
        code: "spool_in_use",
        message: "The spool \(folder) is in use by another agent. Stop it, or give this one another --spool-dir.")
    } catch let report as ErrorReport where report.code == "journal_unusable" {
      throw ErrorReport(
        code: "spool_unusable",
        message: "The spool \(folder) cannot be used. Give another folder with --spool-dir, or mend this one. "
          + report.message)
    }
    reader = JournalSpool(journal, signal: Self.signal)
    self.limits = limits
    self.statistics = statistics
    self.logger = logger
    waitingBytes = journal.statistics.bytes
    waitingCount = journal.spooledCount(Self.signal)
    measure()
  }

  /// The journal's folder holds requests of one kind.
  private static let signal: UInt8 = 0

  /// What a request takes besides its bytes.
  private static let recordBytes = 80

  /// Keeps a request; false when the disk does not take it.
  ///
  /// The oldest that wait are given up where there is no room.
  func add(_ request: AgentRequest) -> Bool {
    makeRoom(request.bytes.count + Self.recordBytes)
    guard journal.refusal == nil else { return false }
    let now = WallClock.now.rawValue
    let record = JournalRecord(
      signal: Self.signal, encoding: request.format.rawValue, isSpooled: true, isRecognisable: false, tenant: 0,
      receivedAt: now,
      storedAfter: 0, earliest: 0, latest: 0, batchID: UInt64(request.sampleCount))
    let isKept = Monitor<Bool?>(nil)
    // SAFETY: the array's memory lives during the call, which copies it.
    _ = unsafe request.bytes.withUnsafeBytes { bytes in
      unsafe journal.append(record, body: bytes) { outcome in
        isKept.withLock { $0 = outcome }
        isKept.notifyAll()
      }
    }
    guard isKept.wait({ outcome, _, _ in outcome }) else { return false }
    waitingBytes += request.bytes.count + Self.recordBytes
    waitingCount += 1
    measure()
    return true
  }

  /// The oldest request that waits; nil when there is none, or it cannot be read at present.
  func first() -> AgentRequest? {
    dropAged()
    while let request = read() {
      if let format = SampleFormat(rawValue: request.record.encoding) {
        return AgentRequest(
          format: format, bytes: Array(request.body), sampleCount: Int(clamping: request.record.batchID))
      }
      // A later version has left it.
      dropFirst(.spoolFailed)
    }
    return nil
  }

  /// Forgets the oldest request: it was sent, or will not be.
  func removeFirst() {
    guard let request = oldest else { return }
    oldest = nil
    reader.didTake(request)
    request.kept.release()
    waitingCount -= 1
    // What was torn or damaged is counted at the start and not read.
    waitingBytes = waitingCount == 0 ? 0 : max(0, waitingBytes - request.body.count - Self.recordBytes)
    measure()
  }

  /// Waits until what was added is written.
  func close() { journal.stop() }

  private func makeRoom(_ byteCount: Int) {
    dropAged()
    // A segment that is being filled, and one whose requests were sent in part, take room too.
    let bytesMax = limits.bytesMax - 2 * limits.segmentBytes
    while waitingBytes + byteCount > bytesMax, read() != nil { dropFirst(.spoolFull) }
  }

  private func dropAged() {
    let limit = WallClock.now.rawValue - limits.ageMax.wholeNanoseconds
    while let request = read(), request.record.receivedAt < limit { dropFirst(.age) }
  }

  private func dropFirst(_ reason: DropReason) {
    guard let request = oldest else { return }
    statistics.drop(Int(clamping: request.record.batchID), reason)
    removeFirst()
  }

  private func read() -> SpooledRequest? {
    do throws(SystemError) {
      while oldest == nil {
        switch try reader.next() {
        case .request(let request): oldest = request
        // The journal has said so in the log. How many samples they held is not known.
        case .lost(let count):
          statistics.drop(count, .spoolFailed)
          waitingCount -= count
        case nil: return nil
        }
      }
      readProblem = nil
    } catch {
      if error != readProblem {
        logger.error("the spool cannot be read; it is tried again. Look at the disk", .init("error", error))
      }
      readProblem = error
      return nil
    }
    return oldest
  }

  private func measure() {
    statistics.spoolRequests.set(waitingCount)
    statistics.spoolBytes.set(waitingBytes)
    let age = oldest.map { Double(WallClock.now.rawValue - $0.record.receivedAt) / 1e9 } ?? 0
    statistics.spoolAgeSeconds.set(max(0, age))
  }
}

/// How much a spool keeps for how long.
package struct AgentSpoolLimits: Sendable {
  /// All files together.
  ///
  /// Default 256 MiB: about a day of a machine with 200 series a second.
  package var bytesMax: Int
  /// Default a day: an outage of that length does not mend itself.
  package var ageMax: Duration

  package init(bytesMax: Int = 256 << 20, ageMax: Duration = .seconds(86_400)) {
    self.bytesMax = bytesMax
    self.ageMax = ageMax
  }

  /// The smallest that is of use.
  package static let bytesMin = 1 << 20

  /// Of a file: a sixteenth of all, so that little is kept longer than it is needed.
  var segmentBytes: Int { max(64 << 10, bytesMax / 16) }
}
