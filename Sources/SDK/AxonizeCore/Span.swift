public import CAxonizeCore

/// Makes a span that has not started.
@c @implementation
public func axz_span_init(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>,
  _ storage: UnsafeMutablePointer<UInt8>, _ capacity: UInt32, _ scope: UInt32, _ kind: UInt32
) {
  span.pointee = axz_span(
    trace_high: 0, trace_low: 0, span_id: 0, parent_id: 0, start: 0, start_tick: 0, end: 0, key_filter: 0,
    fields: axz_buffer(
      data: storage, used: 0, capacity: capacity, limit: max(core.pointee.limits.span_bytes, capacity), on_heap: 0),
    scope: UInt16(clamping: scope), generation: 0, attributes: 0, events: 0, links: 0, dropped_attributes: 0,
    dropped_events: 0, dropped_links: 0,
    kind: UInt8(truncatingIfNeeded: kind), state: UInt8(AXZ_SPAN_NEW), flags: 0, status: 0)
}

/// Starts a span: ids, sampling, time.
@c @implementation
public func axz_span_start(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>,
  _ parent: UnsafePointer<axz_context>?, _ start: UInt64
) {
  guard span.pointee.state == UInt8(AXZ_SPAN_NEW) else { return }
  if begin(core, span, parent, start, seededGenerator(core)) { _ = axz_add(&core.pointee.started, 1) }
}

/// Starts a span under the embedder's lock.
@c @implementation
public func axz_span_start_locked(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>,
  _ parent: UnsafePointer<axz_context>?, _ start: UInt64
) {
  guard span.pointee.state == UInt8(AXZ_SPAN_NEW) else { return }
  if begin(core, span, parent, start, seededLockedGenerator(core)) { count(&core.pointee.started) }
}

/// Counts one more under the embedder's lock.
@inline(__always)
private func count(_ counter: UnsafeMutablePointer<UInt64>) {
  axz_store_relaxed(counter, axz_load_relaxed(counter) &+ 1)
}

/// Begins a new span; returns whether it is sampled.
@inline(__always)
private func begin(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>,
  _ parent: UnsafePointer<axz_context>?, _ start: UInt64, _ generator: UnsafeMutablePointer<axz_generator>
) -> Bool {
  let isFixed = axz_load_relaxed(&core.pointee.fixed_ids) != 0
  if let parent {
    span.pointee.trace_high = parent.pointee.trace_high
    span.pointee.trace_low = parent.pointee.trace_low
    span.pointee.parent_id = parent.pointee.span_id
    span.pointee.flags = UInt8(AXZ_SPAN_HAS_PARENT)
    if parent.pointee.remote != 0 { span.pointee.flags |= UInt8(AXZ_SPAN_REMOTE_PARENT) }
  } else {
    span.pointee.trace_high = isFixed ? 0 : randomNumber(generator)
    span.pointee.trace_low = isFixed ? axz_random_id(core) : randomNumber(generator)
  }
  span.pointee.span_id = isFixed ? axz_random_id(core) : randomNumber(generator)
  span.pointee.generation = UInt16(truncatingIfNeeded: core.pointee.generation)
  let isSampled = isSampled(core, span.pointee.trace_low, parent)
  if isSampled { span.pointee.flags |= UInt8(AXZ_SPAN_SAMPLED) }
  if start != 0 {
    span.pointee.start = start
  } else {
    let tick = axz_tick(core)
    span.pointee.start_tick = tick
    span.pointee.start = unixTime(core, ofTick: tick)
  }
  span.pointee.state = UInt8(AXZ_SPAN_LIVE)
  return isSampled
}

/// The sampler's decision (https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers).
@inline(__always)
private func isSampled(
  _ core: UnsafeMutablePointer<axz_core>, _ traceLow: UInt64, _ parent: UnsafePointer<axz_context>?
) -> Bool {
  if let parent, axz_load32(&core.pointee.parent_based) != 0 { return parent.pointee.sampled != 0 }
  let sampler = axz_load32(&core.pointee.sampler)
  if sampler == UInt32(AXZ_SAMPLER_ON) { return true }
  return sampler == UInt32(AXZ_SAMPLER_RATIO) && traceLow < core.pointee.sampled_below
}

/// Ends a span once; a sampled one goes into the queue.
@c @implementation
public func axz_span_end(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ name: UnsafePointer<UInt8>?,
  _ nameSize: Int, _ traceState: UnsafePointer<UInt8>?, _ traceStateSize: Int, _ end: UInt64
) -> Bool {
  guard finish(core, span, end) else { return false }
  if isRecorded(core, span) {
    _ = axz_add(&core.pointee.ended, 1)
    enqueue(core, span, name, nameSize, traceState, traceStateSize)
  }
  return true
}

/// Ends a span under the embedder's lock.
@c @implementation
public func axz_span_end_locked(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ name: UnsafePointer<UInt8>?,
  _ nameSize: Int, _ traceState: UnsafePointer<UInt8>?, _ traceStateSize: Int, _ end: UInt64
) -> Bool {
  guard finish(core, span, end) else { return false }
  if isRecorded(core, span) {
    count(&core.pointee.ended)
    enqueue(core, span, name, nameSize, traceState, traceStateSize)
  }
  return true
}

/// Whether a span that ended is to be sent by this process.
@inline(__always)
private func isRecorded(_ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>) -> Bool {
  span.pointee.flags & UInt8(AXZ_SPAN_SAMPLED) != 0 && !axz_span_is_inherited(core, span)
}

/// Takes the time of a span's end; false when it does not live.
@inline(__always)
private func finish(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ end: UInt64
) -> Bool {
  guard span.pointee.state == UInt8(AXZ_SPAN_LIVE) else { return false }
  span.pointee.state = UInt8(AXZ_SPAN_ENDED)
  if end != 0 {
    span.pointee.end = end
  } else if span.pointee.start_tick != 0 {
    span.pointee.end = span.pointee.start &+ (axz_tick(core) &- span.pointee.start_tick)
  } else {
    span.pointee.end = axz_unix_time(core)
  }
  return true
}

/// Frees the attributes of a span that outgrew its storage.
@c @implementation
public func axz_span_free(_ span: UnsafeMutablePointer<axz_span>) {
  axz_buffer_free(&span.pointee.fields)
}

/// Adds an event.
@c @implementation
public func axz_span_add_event(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ name: UnsafePointer<UInt8>?,
  _ nameSize: Int, _ time: UInt64, _ attributes: UnsafePointer<UInt8>?, _ attributesSize: Int, _ dropped: UInt32
) {
  guard span.pointee.state == UInt8(AXZ_SPAN_LIVE), span.pointee.flags & UInt8(AXZ_SPAN_SAMPLED) != 0 else { return }
  // Event: time_unix_nano 1, name 2, attributes 3, dropped_attributes_count 4.
  let droppedSize = dropped == 0 ? 0 : 1 &+ varintSize(UInt64(dropped))
  let size = 9 &+ 1 &+ varintSize(UInt64(nameSize)) &+ nameSize &+ attributesSize &+ droppedSize
  let whole = 1 &+ varintSize(UInt64(size)) &+ size
  guard span.pointee.events < core.pointee.limits.events, let place = room(&span.pointee.fields, whole) else {
    span.pointee.dropped_events &+= 1
    _ = axz_add(&core.pointee.dropped_events, 1)
    return
  }
  var end = putVarint(putByte(place, 11 << 3 | 2), UInt64(size))
  end = putFixed64(putByte(end, 0x09), time != 0 ? time : axz_unix_time(core))
  end = putBytes(end, 0x12, name, nameSize)
  if let attributes, attributesSize > 0 { memcpy(end, attributes, attributesSize) }
  end += attributesSize
  if dropped != 0 { end = putVarint(putByte(end, 0x20), UInt64(dropped)) }
  span.pointee.fields.used &+= UInt32(truncatingIfNeeded: end - place)
  span.pointee.events &+= 1
}

/// Adds a link.
@c @implementation
public func axz_span_add_link(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>,
  _ target: UnsafePointer<axz_context>, _ traceState: UnsafePointer<UInt8>?, _ traceStateSize: Int,
  _ attributes: UnsafePointer<UInt8>?, _ attributesSize: Int, _ dropped: UInt32
) {
  guard span.pointee.state == UInt8(AXZ_SPAN_LIVE), span.pointee.flags & UInt8(AXZ_SPAN_SAMPLED) != 0 else { return }
  // Link: trace_id 1, span_id 2, trace_state 3, attributes 4, dropped_attributes_count 5, flags 6.
  let stateSize = traceStateSize == 0 ? 0 : 1 &+ varintSize(UInt64(traceStateSize)) &+ traceStateSize
  let droppedSize = dropped == 0 ? 0 : 1 &+ varintSize(UInt64(dropped))
  let size = 18 &+ 10 &+ stateSize &+ attributesSize &+ droppedSize &+ 5
  let whole = 1 &+ varintSize(UInt64(size)) &+ size
  guard span.pointee.links < core.pointee.limits.links, let place = room(&span.pointee.fields, whole) else {
    span.pointee.dropped_links &+= 1
    _ = axz_add(&core.pointee.dropped_links, 1)
    return
  }
  var end = putVarint(putByte(place, 13 << 3 | 2), UInt64(size))
  end = putBigEndian64(putByte(putByte(end, 0x0a), 16), target.pointee.trace_high)
  end = putBigEndian64(end, target.pointee.trace_low)
  end = putBigEndian64(putByte(putByte(end, 0x12), 8), target.pointee.span_id)
  if traceStateSize > 0 { end = putBytes(end, 0x1a, traceState, traceStateSize) }
  if let attributes, attributesSize > 0 { memcpy(end, attributes, attributesSize) }
  end += attributesSize
  if dropped != 0 { end = putVarint(putByte(end, 0x28), UInt64(dropped)) }
  let flags = (target.pointee.sampled != 0 ? 1 : 0) | 0x100 | (target.pointee.remote != 0 ? 0x200 : 0) as UInt32
  end = putFixed32(putByte(end, 6 << 3 | 5), flags)
  span.pointee.fields.used &+= UInt32(truncatingIfNeeded: end - place)
  span.pointee.links &+= 1
}

/// Sets the status (https://opentelemetry.io/docs/specs/otel/trace/api/#set-status).
@c @implementation
public func axz_span_set_status(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ status: UInt32,
  _ message: UnsafePointer<UInt8>?, _ messageSize: Int
) {
  guard span.pointee.state == UInt8(AXZ_SPAN_LIVE), span.pointee.flags & UInt8(AXZ_SPAN_SAMPLED) != 0,
    span.pointee.status != UInt8(AXZ_STATUS_OK), status == UInt32(AXZ_STATUS_OK) || status == UInt32(AXZ_STATUS_ERROR)
  else { return }
  // Only an error has a message. Status: message 2, code 3.
  var textSize = status == UInt32(AXZ_STATUS_ERROR) ? messageSize : 0
  let kept = axz_text_cut(message, textSize, core.pointee.limits.value_characters, core.pointee.limits.value_bytes)
  if kept < textSize { _ = axz_add(&core.pointee.truncated_values, 1) }
  textSize = kept
  let size = 2 &+ (textSize == 0 ? 0 : 1 &+ varintSize(UInt64(textSize)) &+ textSize)
  let whole = 1 &+ varintSize(UInt64(size)) &+ size
  let old = findField(span, 15 << 3 | 2) ?? (offset: Int(span.pointee.fields.used), size: 0)
  guard let place = splice(&span.pointee.fields, old.offset, old.size, whole) else { return }
  var end = putVarint(putByte(place, 15 << 3 | 2), UInt64(size))
  if textSize > 0 { end = putBytes(end, 0x12, message, textSize) }
  _ = putByte(putByte(end, 0x18), UInt8(truncatingIfNeeded: status))
  span.pointee.status = UInt8(truncatingIfNeeded: status)
}
