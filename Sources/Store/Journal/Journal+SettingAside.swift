import Base
import Metrics
import System

// Requests that were acknowledged and that the store refuses: each is a file with its body as it was sent, which can be
// looked at and sent again, and one beside it that says what it was and why it is there.

extension Journal {
  /// Copies a record out of its segment.
  ///
  /// It reads the whole segment, which is acceptable because this is rare.
  func setAside(_ place: JournalEntry.Place, reason: String) {
    instruments.refused.add()
    let segment = state.withLock { state in state.segments.first { $0.sequence == place.sequence } }
    guard let segment else { return }
    do throws(SystemError) {
      let file = try File.read(segment.path, sizeMax: JournalFormat.fileBytesMax)
      var reader = SegmentReader(file: file)
      while let finding = reader.next() {
        guard case .record(place.number, let payload) = finding else { continue }
        return try setAside(file[payload], number: place.number, reason: reason)
      }
      throw SystemError(call: "read", code: 5)
    } catch {
      logger.error(
        "a request that the store rejects could not be set aside; its segment is kept instead",
        .init("segment", segment.path), .init("record", place.number), .init("reason", reason), .init("error", error))
      instruments.lost.add()
      state.withLock { state in
        guard let index = state.segments.firstIndex(where: { $0.sequence == place.sequence }) else { return }
        state.segments[index].isDamaged = true
      }
    }
  }

  private func setAside(_ payload: ArraySlice<UInt8>, number: UInt64, reason: String) throws(SystemError) {
    try File.makeDirectories(refusedFolder, mode: 0o700)
    let record = JournalRecord(payload: payload)
    let signal = record.map { Self.name(ofSignal: $0.signal) } ?? "unknown"
    let suffix = record.map { $0.encoding == 1 ? "json" : "pb" } ?? "bin"
    let path = "\(refusedFolder)/\(number).\(signal).\(suffix)"
    let body = record == nil ? payload : payload.dropFirst(JournalRecord.fieldBytes)
    let text = """
      reason: \(reason)
      signal: \(signal)
      tenant: \(record.map { "\($0.tenant)" } ?? "unknown")
      received_at: \(record.map { RFC3339.format(UnixNanoseconds($0.receivedAt)) } ?? "unknown")

      """
    try File.writeAtomically(path, Array(body), mode: 0o600)
    try File.writeAtomically("\(refusedFolder)/\(number).txt", Array(text.utf8), mode: 0o600)
    logger.error(
      "an acknowledged request cannot be stored; it is set aside", .init("file", path), .init("reason", reason))
    sweepRefused()
  }

  private static func name(ofSignal signal: UInt8) -> String {
    switch signal {
    case 0: "traces"
    case 1: "metrics"
    case 2: "logs"
    default: "kind-\(signal)"
    }
  }

  /// Moves a segment with damaged bytes, or that could not be read, to the refused requests, for whoever wants to find out
  /// what happened, or to read it when the disk works again.
  func putAside(_ segment: Segment) {
    do throws(SystemError) {
      try File.makeDirectories(refusedFolder, mode: 0o700)
      let path = "\(refusedFolder)/\(segment.sequence).\(segment.isUnreadable ? "unreadable" : "damaged")"
      try File.move(segment.path, to: path)
      instruments.segmentsSetAside.add()
      if segment.isUnreadable {
        logger.error(
          """
          a segment of the journal that could not be read is set aside. When its disk gives it again: stop the server, move \
          it back, and start; what is not stored yet is then stored
          """, .init("file", path), .init("move_back_to", segment.path))
      } else {
        logger.warning("a damaged segment of the journal is set aside", .init("file", path))
      }
      sweepRefused()
    } catch {
      logger.error(
        "a damaged segment of the journal could not be set aside", .init("segment", segment.path), .init("error", error)
      )
    }
  }

  /// Removes what is too old from time to time.
  func sweepRefusedIfDue(now: Instant) {
    let isDue = state.withLock { state in
      guard now >= state.sweepRefusedAt else { return false }
      state.sweepRefusedAt = now + options.refusedSweepInterval
      return true
    }
    if isDue, File.exists(refusedFolder) { sweepRefused() }
    wakeTidier(at: state.withLock(\.sweepRefusedAt))
  }

  /// A failure to make room is not one to set aside.
  private func sweepRefused() {
    do throws(SystemError) {
      try removeRefused()
    } catch {
      logger.error("old requests that were set aside could not be removed; trying again later", .init("error", error))
    }
  }

  /// Keeps the folder within its bounds: what is too old goes, and the oldest until the rest is small enough.
  ///
  /// A file that is larger than the bound goes at once. Other threads may do the same or add files meanwhile.
  private func removeRefused() throws(SystemError) {
    // What belongs together has the same number in its names.
    var requests: [Substring: (paths: [String], bytes: Int, modifiedAt: Int64)] = [:]
    for name in try File.entries(ofDirectory: refusedFolder) {
      let path = "\(refusedFolder)/\(name)"
      guard let size = try Self.unlessGone({ () throws(SystemError) in try File.size(path) }) else { continue }
      var request = requests[name.prefix { $0 != "." }] ?? ([], 0, size.modifiedAt)
      request.paths.append(path)
      request.bytes += size.bytes
      request.modifiedAt = min(request.modifiedAt, size.modifiedAt)
      requests[name.prefix { $0 != "." }] = request
    }
    var total = requests.values.reduce(0) { $0 + $1.bytes }
    let oldest = options.now().rawValue &- options.refusedAgeMax.wholeNanoseconds
    for request in requests.values.sorted(by: { $0.modifiedAt < $1.modifiedAt })
    where total > options.refusedBytesMax || request.modifiedAt < oldest {
      for path in request.paths { _ = try Self.unlessGone { () throws(SystemError) in try File.remove(path) } }
      logger.warning(
        request.modifiedAt < oldest
          ? "a request that was set aside is past its retention and was removed"
          : "the oldest request that was set aside was removed to make room",
        .init("files", request.paths.sorted().joined(separator: ", ")))
      total -= request.bytes
    }
  }

  /// What a call on a file gives; nil when the file is not there any more.
  private static func unlessGone<Result>(_ body: () throws(SystemError) -> Result) throws(SystemError) -> Result? {
    do throws(SystemError) {
      return try body()
    } catch {
      guard error.isNoSuchFile else { throw error }
      return nil
    }
  }
}
