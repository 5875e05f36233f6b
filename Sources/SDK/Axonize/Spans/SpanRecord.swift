internal import CAxonizeCore
internal import Glibc

/// The memory of one span: the core's structure, and storage for its attributes behind it.
///
/// The owner makes sure that one thread at a time uses it. Each method does nothing to a span that has ended or is not
/// sampled, as the core's functions do.
@safe struct SpanRecord: ~Copyable {
  let core: CoreHandle
  // SAFETY for every use below: the block is allocated in `init`, freed in `deinit` and nowhere else, its size covers
  // the structure, the storage and the tokens' recorder (`hasTokens`), and keys, texts and encoded values are only read
  // while the functions run, which copy them.
  private let block: UnsafeMutablePointer<axz_span>
  private let hasTokens: Bool

  /// A block of usual spans, with room for about eight attributes.
  private static let blockBytes = 512
  /// Storage of LLM spans, which have more attributes.
  private static let llmStorageBytes = 1024
  private static let tokenBytes = Int(AXZ_TOKEN_RECORDER_BYTES)

  /// Makes a span that starts with ``start(parent:at:)``.
  init(core: CoreHandle, scope: UInt32, kind: SpanKind, hasTokens: Bool) {
    self.core = core
    self.hasTokens = hasTokens
    let header = unsafe MemoryLayout<axz_span>.size
    let before = header + (hasTokens ? Self.tokenBytes : 0)
    let size = hasTokens ? before + Self.llmStorageBytes : Self.blockBytes
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    unsafe block = memory.assumingMemoryBound(to: axz_span.self)
    unsafe axz_span_init(
      core.pointer, block, (memory + before).assumingMemoryBound(to: UInt8.self), UInt32(size - before), scope,
      UInt32(kind.rawValue))
    if hasTokens { unsafe axz_tokens_init(tokens) }
  }

  deinit {
    unsafe axz_span_free(block)
    unsafe UnsafeMutableRawPointer(block).deallocate()
  }

  /// The recorder behind the structure; only with `hasTokens`.
  private var tokens: UnsafeMutablePointer<axz_tokens> {
    unsafe UnsafeMutableRawPointer(block + 1).assumingMemoryBound(to: axz_tokens.self)
  }

  // MARK: Life

  mutating func start(parent: SpanContext?, at time: Timestamp?) {
    let start = time?.nanosecondsSince1970 ?? 0
    if let parent, parent.isValid {
      var context = axz_context(parent)
      unsafe axz_span_start(core.pointer, block, &context, start)
    } else {
      unsafe axz_span_start(core.pointer, block, nil, start)
    }
  }

  mutating func end(name: String, traceState: String, at time: Timestamp?) -> Bool {
    unsafe name.withUTF8Bytes { name in
      unsafe traceState.withUTF8Bytes { state in
        unsafe axz_span_end(
          core.pointer, block, name.baseAddress, name.count, state.baseAddress, state.count,
          time?.nanosecondsSince1970 ?? 0)
      }
    }
  }

  var isLive: Bool { unsafe block.pointee.state == UInt8(AXZ_SPAN_LIVE) }
  var isSampled: Bool { unsafe block.pointee.flags & UInt8(AXZ_SPAN_SAMPLED) != 0 }
  var isRecording: Bool { isLive && isSampled }
  var hasStatus: Bool { unsafe block.pointee.status != UInt8(AXZ_STATUS_UNSET) }
  var traceID: TraceID { unsafe TraceID(high: block.pointee.trace_high, low: block.pointee.trace_low) }
  var spanID: SpanID { unsafe SpanID(block.pointee.span_id) }
  var parentID: SpanID { unsafe SpanID(block.pointee.parent_id) }
  var startTime: UInt64 { unsafe block.pointee.start }
  var endTime: UInt64 { unsafe block.pointee.end }

  // MARK: Attributes

  mutating func set(_ key: String, _ text: String) {
    unsafe key.withUTF8Bytes { key in
      guard let name = key.baseAddress else { return }
      unsafe text.withUTF8Bytes { text in
        unsafe axz_span_set_string(core.pointer, block, name, key.count, text.baseAddress, text.count)
      }
    }
  }

  mutating func set(_ key: String, _ number: Int64) {
    unsafe key.withUTF8Bytes { key in
      guard let name = key.baseAddress else { return }
      unsafe axz_span_set_int(core.pointer, block, name, key.count, number)
    }
  }

  mutating func set(_ key: String, _ number: Double) {
    unsafe key.withUTF8Bytes { key in
      guard let name = key.baseAddress else { return }
      unsafe axz_span_set_double(core.pointer, block, name, key.count, number)
    }
  }

  mutating func set(_ key: String, _ isTrue: Bool) {
    unsafe key.withUTF8Bytes { key in
      guard let name = key.baseAddress else { return }
      unsafe axz_span_set_bool(core.pointer, block, name, key.count, isTrue)
    }
  }

  mutating func set(_ key: String, _ value: AttributeValue) {
    switch value {
    case .string(let text): set(key, text)
    case .bool(let isTrue): set(key, isTrue)
    case .int(let number): set(key, number)
    case .double(let number): set(key, number)
    case .bytes, .array, .map, .empty: setEncoded(key, value)
    }
  }

  private mutating func setEncoded(_ key: String, _ value: AttributeValue) {
    guard isRecording else { return }
    var encoder = ValueEncoder(limits: core.valueLimits)
    let encoded = encoder.value(value)
    core.countTruncated(encoder.truncated)
    unsafe key.withUTF8Bytes { key in
      guard let name = key.baseAddress else { return }
      unsafe encoded.withUnsafeBufferPointer { bytes in
        unsafe axz_span_set_encoded(core.pointer, block, name, key.count, bytes.baseAddress, bytes.count)
      }
    }
  }

  mutating func set(_ attributes: Attributes) {
    for pair in attributes.pairs { set(pair.key, pair.value) }
  }

  func has(_ key: String) -> Bool {
    unsafe key.withUTF8Bytes { key in
      guard let name = key.baseAddress else { return false }
      return unsafe axz_span_has_attribute(block, name, key.count)
    }
  }

  // MARK: Events, links, status

  mutating func addEvent(_ name: String, _ attributes: Attributes, at time: Timestamp?) {
    guard isRecording else { return }
    let (encoded, dropped) = encode(attributes, field: 3, countMax: Int(core.limits.event_attributes))
    unsafe name.withUTF8Bytes { name in
      unsafe encoded.withUnsafeBufferPointer { bytes in
        unsafe axz_span_add_event(
          core.pointer, block, name.baseAddress, name.count, time?.nanosecondsSince1970 ?? 0, bytes.baseAddress,
          bytes.count, dropped)
      }
    }
  }

  mutating func addLink(_ link: SpanLink) {
    guard isRecording, link.context.isValid else { return }
    let (encoded, dropped) = encode(link.attributes, field: 4, countMax: Int(core.limits.link_attributes))
    var context = axz_context(link.context)
    unsafe link.context.traceState.withUTF8Bytes { state in
      unsafe encoded.withUnsafeBufferPointer { bytes in
        unsafe axz_span_add_link(
          core.pointer, block, &context, state.baseAddress, state.count, bytes.baseAddress, bytes.count, dropped)
      }
    }
  }

  private func encode(_ attributes: Attributes, field: UInt32, countMax: Int) -> ([UInt8], UInt32) {
    if attributes.isEmpty { return ([], 0) }
    var encoder = ValueEncoder(limits: core.valueLimits)
    let encoded = encoder.attributes(attributes, field: field, countMax: countMax)
    core.countTruncated(encoder.truncated)
    core.countDroppedAttributes(encoder.dropped)
    return (encoded, UInt32(clamping: encoder.dropped))
  }

  mutating func setStatus(_ status: SpanStatus) {
    switch status {
    case .unset: return
    case .ok: unsafe axz_span_set_status(core.pointer, block, UInt32(AXZ_STATUS_OK), nil, 0)
    case .error(let description):
      unsafe description.withUTF8Bytes { text in
        unsafe axz_span_set_status(core.pointer, block, UInt32(AXZ_STATUS_ERROR), text.baseAddress, text.count)
      }
    }
  }

  // MARK: Tokens; only with `hasTokens`

  mutating func recordTokens(_ count: UInt64) {
    if hasTokens, isLive { unsafe axz_tokens_record(core.pointer, tokens, count) }
  }

  /// What the recorder counted; nil without tokens.
  var tokenTimes: TokenTimes? {
    guard hasTokens, unsafe tokens.pointee.count > 0 else { return nil }
    return unsafe TokenTimes(
      tokens: tokens.pointee.count, gaps: tokens.pointee.gaps, toFirst: secondsSinceStart(tokens.pointee.first),
      toLast: secondsSinceStart(tokens.pointee.last),
      firstToLast: Double(tokens.pointee.last &- tokens.pointee.first) / 1e9,
      gapMax: Double(tokens.pointee.gap_max) / 1e9)
  }

  /// Seconds that a share of the times between tokens are below.
  func tokenGap(quantile share: Double) -> Double { hasTokens ? unsafe axz_tokens_quantile(tokens, share) / 1e9 : 0 }

  private func secondsSinceStart(_ tick: UInt64) -> Double {
    let startTick = unsafe block.pointee.start_tick
    let now = startTick != 0 ? tick : unsafe axz_unix_time_of_tick(core.pointer, tick)
    let start = startTick != 0 ? startTick : startTime
    return now > start ? Double(now - start) / 1e9 : 0
  }

  /// Lifts the limits, for what the SDK itself measures at the end of a span.
  mutating func liftLimits() {
    unsafe block.pointee.flags |= UInt8(AXZ_SPAN_UNLIMITED)
    unsafe block.pointee.fields.limit += 1024
  }
}

/// When tokens came, in seconds.
struct TokenTimes {
  var tokens: UInt64
  /// Calls after the first one.
  var gaps: UInt64
  var toFirst: Double
  var toLast: Double
  var firstToLast: Double
  var gapMax: Double
}

extension axz_context {
  init(_ context: SpanContext) {
    self.init(
      trace_high: context.traceID.high, trace_low: context.traceID.low, span_id: context.spanID.value,
      sampled: context.isSampled ? 1 : 0, remote: context.isRemote ? 1 : 0)
  }
}

extension String {
  /// The bytes of the text while `body` runs; no base address for an empty one.
  @unsafe @inline(__always)
  func withUTF8Bytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    var text = self
    // SAFETY: texts of Swift are contiguous UTF-8, so this copies at most the 15 bytes of a small one.
    return text.withUTF8 { bytes in unsafe bytes.isEmpty ? body(UnsafeBufferPointer(start: nil, count: 0)) : body(bytes)
    }
  }
}
