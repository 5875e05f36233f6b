internal import CAxonizeCore
internal import Glibc

/// The native core that spans are recorded into.
///
/// A core is never freed once spans may hold it: a span that outlives `shutdown` must find it, and counting references
/// would cost every span two atomic operations on one cache line. A program makes one core, or one each time that it
/// starts the SDK again; what a core keeps when it was shut down is some kilobytes.
@safe struct CoreHandle: Sendable, Hashable {
  /// Valid for the life of the process; see above.
  nonisolated(unsafe) let pointer: UnsafeMutablePointer<axz_core>

  init(_ pointer: UnsafeMutablePointer<axz_core>) { unsafe self.pointer = pointer }

  init?(bitPattern: UInt) {
    guard let pointer = unsafe UnsafeMutablePointer<axz_core>(bitPattern: bitPattern) else { return nil }
    unsafe self.pointer = pointer
  }

  static func == (left: CoreHandle, right: CoreHandle) -> Bool { left.bitPattern == right.bitPattern }

  func hash(into hasher: inout Hasher) { hasher.combine(bitPattern) }

  /// The address of the core.
  var bitPattern: UInt { unsafe UInt(bitPattern: pointer) }

  // SAFETY for every use below: the pointer is valid for ever, limits do not change after the core was made, and the
  // core's functions synchronise among themselves (axonize_core.h).

  var limits: axz_limits { unsafe pointer.pointee.limits }

  var valueLimits: ValueLimits {
    let limits = limits
    return ValueLimits(
      characters: limits.value_characters == .max ? nil : Int(limits.value_characters), bytes: Int(limits.value_bytes))
  }

  func countTruncated(_ count: Int) {
    if count > 0 { _ = unsafe axz_add(&pointer.pointee.truncated_values, UInt64(count)) }
  }

  func countDroppedAttributes(_ count: Int) {
    if count > 0 { _ = unsafe axz_add(&pointer.pointee.dropped_attributes, UInt64(count)) }
  }

  var unixTime: UInt64 { unsafe axz_unix_time(pointer) }

  func flush(_ timeout: Duration) -> Bool { unsafe axz_core_flush(pointer, timeout.nanoseconds) }

  /// Begins no sampled span from now on.
  func close() { unsafe axz_core_close(pointer) }

  /// Asks the export thread to send what waits and to end; false when it did not.
  func stop(_ timeout: Duration) -> Bool { unsafe axz_core_stop(pointer, timeout.nanoseconds) }

  /// Counts what is left in the queue as dropped, where no thread of the core sends.
  func discard() { unsafe axz_core_discard(pointer) }

  /// Gives the memory of the queue's slots back to the system.
  ///
  /// Only of a core that is closed and whose threads ended.
  func releaseQueue() {
    // SAFETY: the mapping stays; a span that ends in this moment writes into pages of zeros that nobody reads, since
    // the core accepts nothing more.
    _ = unsafe madvise(pointer.pointee.slots, Int(pointer.pointee.slots_size), MADV_DONTNEED)
  }

  /// An encoded ExportTraceServiceRequest and its number of spans; nil when nothing waits within `wait`.
  func drain(_ wait: Duration) -> (request: [UInt8], spans: Int)? {
    var size = 0
    var spans: UInt32 = 0
    guard let body = unsafe axz_core_drain(pointer, wait.nanoseconds, &size, &spans) else { return nil }
    // SAFETY: the core hands out `size` bytes of malloc(3), ours to free.
    defer { unsafe free(body) }
    return (unsafe Array(UnsafeBufferPointer(start: body, count: size)), Int(spans))
  }

  /// Counts what became of the batch that was drained last.
  func settle(exported: Int, failed: Int, rejected: Int = 0, sentBytes: Int = 0, retries: Int = 0) {
    unsafe axz_core_settle(
      pointer, UInt64(exported), UInt64(failed), UInt64(rejected), UInt64(sentBytes), UInt64(retries))
  }

  var statistics: Axonize.Statistics {
    var now = axz_statistics()
    unsafe axz_core_statistics(pointer, &now)
    return Axonize.Statistics(now)
  }

  /// The warnings that were not taken before, with the HTTP status and errno of the last failure.
  func takeWarnings() -> (bits: UInt32, status: UInt32, error: Int32) {
    unsafe (
      axz_core_take_warnings(pointer), axz_load32(&pointer.pointee.last_status),
      axz_load_signed32(&pointer.pointee.last_error)
    )
  }

  /// The number of a scope; 0, the first one, when there are too many.
  ///
  /// `attributes` are encoded fields of the scope.
  func registerScope(name: String, version: String, schemaURL: String, attributes: [UInt8]) -> UInt32 {
    // SAFETY: the core copies what it is given.
    unsafe attributes.withUnsafeBufferPointer { bytes in
      unsafe axz_scope_register(pointer, name, version, schemaURL, bytes.baseAddress, UInt32(bytes.count))
    }
  }

  /// The body of the export thread.
  func run() { unsafe axz_core_run(pointer) }

  func setThreadRuns(_ runs: Bool) { unsafe axz_store32(&pointer.pointee.thread_runs, runs ? 1 : 0) }

  /// Ids count up from a number; 0: random ones.
  func setFixedIDs(_ first: UInt64) { unsafe axz_set_fixed_ids(pointer, first) }

  /// Every clock shows a time; 0: the system's clocks.
  func setFixedClock(_ time: UInt64) { unsafe axz_set_fixed_clock(pointer, time) }
}
