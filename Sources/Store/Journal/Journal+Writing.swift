import Base
import Metrics
import Synchronization
import System

extension Journal {
  /// The writer's thread: writes what waits in one call, says so, and again until it is stopped and nothing waits.
  func write() {
    var buffer: [UInt8] = []
    var waiting: [Waiting] = []
    while takeWaiting(&buffer, &waiting) {
      let byteCount = buffer.count
      write(&buffer, waiting)
      instruments.pendingBytes.subtract(byteCount, ordering: .relaxed)
      buffer.removeAll(keepingCapacity: buffer.capacity <= Self.keptBufferBytesMax)
      waiting.removeAll(keepingCapacity: true)
    }
  }

  /// Memory that stays for the next records.
  private static let keptBufferBytesMax = 8 << 20

  /// Swaps what waits with empty arrays; false when there is nothing left and the end was asked for.
  private func takeWaiting(_ buffer: inout [UInt8], _ waiting: inout [Waiting]) -> Bool {
    var taken: (buffer: [UInt8], waiting: [Waiting])?
    let (spareBuffer, spareWaiting) = (buffer, waiting)
    buffer = []
    waiting = []
    state.wait { state, _, _ -> Void? in
      if state.waiting.isEmpty { return state.isStopping ? () : nil }
      taken = (state.buffer, state.waiting)
      state.buffer = spareBuffer
      state.waiting = spareWaiting
      state.isWriting = true
      return ()
    }
    guard let taken else { return false }
    buffer = taken.buffer
    waiting = taken.waiting
    return true
  }

  private func write(_ buffer: inout [UInt8], _ waiting: [Waiting]) {
    let now = Instant.now
    // Numbers of a write that fails are given again: a reader takes a gap for lost records.
    let first = state.withLock { $0.nextNumber }
    for (index, request) in waiting.enumerated() {
      Frame.number(&buffer, at: request.offset, first + UInt64(index))
    }
    let sequence: UInt64
    do throws(SystemError) {
      sequence = try write(buffer, firstNumber: first, now: now)
    } catch {
      return fail(waiting, byteCount: buffer.count, error)
    }
    writeFailure.withLock { $0 = nil }
    finish(waiting, sequence: sequence, firstNumber: first, byteCount: buffer.count, now: now)
  }

  /// Appends to the last segment, or to a new one; returns its sequence number.
  private func write(_ buffer: [UInt8], firstNumber: UInt64, now: Instant) throws(SystemError) -> UInt64 {
    let open = state.withLock { state -> Segment? in
      guard let last = state.segments.last, !last.isSealed else { return nil }
      let isFull =
        last.bytes + buffer.count > options.segmentBytesMax && last.bytes > JournalFormat.segmentHeaderBytes
      guard isFull || now >= last.beganAt + options.segmentAgeMax else { return last }
      state.segments[state.segments.count - 1].isSealed = true
      return nil
    }
    // The tidier closes the file of the full one.
    if open == nil { wakeTidier(at: .now) }
    let segment: Segment
    if let open { segment = open } else { segment = try makeSegment(firstNumber: firstNumber, now: now) }
    guard let file = segment.file else { preconditionFailure("an open segment without a file") }
    do throws(SystemError) {
      try writeAll(buffer, to: file)
      if options.sync == .always {
        try file.descriptor.synchronizeData()
        instruments.syncSeconds.observe(Instant.now - now)
        if try !file.descriptor.hasName() { seal(segment.sequence, "a segment of the journal was removed") }
      }
    } catch {
      // Whether the bytes are on the disk is not known; a reader must not find half a frame between whole ones.
      do throws(SystemError) {
        try file.descriptor.truncate(to: segment.bytes)
      } catch {
        seal(segment.sequence, "a segment of the journal could not be cut: \(error)")
      }
      throw error
    }
    return segment.sequence
  }

  private func writeAll(_ buffer: [UInt8], to file: SegmentFile) throws(SystemError) {
    let failure: SystemError? = unsafe buffer.withUnsafeBytes { bytes in
      do throws(SystemError) {
        try unsafe file.descriptor.writeAll(bytes)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  private func makeSegment(firstNumber: UInt64, now: Instant) throws(SystemError) -> Segment {
    let sequence = state.withLock { state in
      defer { state.nextSequence += 1 }
      return state.nextSequence
    }
    let path = "\(options.folder)/\(Segment.name(sequence))"
    let madeAt = options.now().rawValue
    let header = SegmentHeader(id: id, marker: marker, firstNumber: firstNumber, madeAt: madeAt).bytes
    let file = SegmentFile(try File.create(path, mode: 0o600))
    do throws(SystemError) {
      try writeAll(header, to: file)
      if options.sync != .never { try File.synchronizeDirectory(options.folder) }
    } catch {
      // What is left of it is not a segment; if even that fails, the next start removes it.
      try? File.remove(path)
      throw error
    }
    let segment = Segment(
      sequence: sequence, path: path, file: file, bytes: header.count, madeAt: madeAt, beganAt: now, wroteAt: now)
    state.withLock { $0.segments.append(segment) }
    instruments.bytes.add(header.count, ordering: .relaxed)
    return segment
  }

  private func seal(_ sequence: UInt64, _ reason: String) {
    logger.error(
      "\(reason); acknowledged requests are only in memory until they are stored",
      .init("segment", Segment.name(sequence)))
    state.withLock { state in
      guard let index = state.segments.firstIndex(where: { $0.sequence == sequence }) else { return }
      state.segments[index].isSealed = true
    }
  }

  private func finish(
    _ waiting: [Waiting], sequence: UInt64, firstNumber: UInt64, byteCount: Int, now: Instant
  ) {
    let isDirty = options.sync != .never && options.sync != .always
    var spooledCount = 0
    let wakeAt = state.withLock { state -> Instant? in
      var outstanding = 0
      state.isWriting = false
      state.nextNumber = firstNumber + UInt64(waiting.count)
      guard let index = state.segments.firstIndex(where: { $0.sequence == sequence }) else { return nil }
      state.segments[index].bytes += byteCount
      for (order, request) in waiting.enumerated()
      where request.entry.didWrite(at: .init(sequence: sequence, number: firstNumber + UInt64(order))) {
        outstanding += 1
        guard let signal = request.spooledSignal else { continue }
        state.segments[index].spooledCounts[signal, default: 0] += 1
        spooledCount += 1
      }
      state.segments[index].outstandingCount += outstanding
      noteAge(state)
      state.segments[index].wroteAt = now
      if isDirty, state.segments[index].dirtySince == nil { state.segments[index].dirtySince = now }
      return isDirty || state.segments[index].outstandingCount == 0 ? state.segments[index].dirtySince ?? now : nil
    }
    instruments.bytes.add(byteCount, ordering: .relaxed)
    instruments.records.add(waiting.count)
    instruments.spooled.add(spooledCount)
    instruments.spooledCount.add(spooledCount, ordering: .relaxed)
    instruments.writtenBytes.add(byteCount)
    for request in waiting { request.whenKept(true) }
    if let wakeAt { wakeTidier(at: isDirty ? wakeAt + syncInterval : wakeAt) }
  }

  private func fail(_ waiting: [Waiting], byteCount: Int, _ error: SystemError) {
    let failure = WriteFailure(error: error, byteCount: byteCount, at: options.instant())
    let isKnown = writeFailure.withLock { newest in
      defer { newest = failure }
      return newest?.error == error
    }
    instruments.failures.add(waiting.count)
    // Once for each outage: on a full disk every request fails.
    if !isKnown {
      logger.error(
        "requests could not be written to the journal; each gets its response when its rows are stored",
        .init("requests", waiting.count), .init("error", error))
    }
    state.withLock { $0.isWriting = false }
    for request in waiting {
      request.entry.didFail()
      request.whenKept(false)
    }
  }
}
