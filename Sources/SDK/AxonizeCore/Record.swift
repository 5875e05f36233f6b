import CAxonizeCore

// A queued span is a whole field 2 of ScopeSpans: what is left for the sender is to copy it.

/// Puts an ended span into the queue, or counts it as dropped.
@inline(__always)
func enqueue(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ name: UnsafePointer<UInt8>?,
  _ nameSize: Int, _ traceState: UnsafePointer<UInt8>?, _ traceStateSize: Int
) {
  let size = spanSize(span, nameSize, traceStateSize)
  let whole = 1 &+ varintSize(UInt64(size)) &+ size
  guard let slot = claim(core, whole, UInt32(span.pointee.scope)) else { return }
  let end = putSpan(slot.place, span, size, name, nameSize, traceState, traceStateSize)
  assert(end - slot.place == whole)
  publish(core, slot)
}

@inline(__always)
private func optionalSize(_ count: UInt32) -> Int { count == 0 ? 0 : 1 &+ varintSize(UInt64(count)) }

@inline(__always)
private func spanSize(_ span: UnsafeMutablePointer<axz_span>, _ nameSize: Int, _ traceStateSize: Int) -> Int {
  var size = 18 &+ 10 &+ 6 &+ 2 &+ 9 &+ 9 &+ Int(span.pointee.fields.used)
  size &+= 1 &+ varintSize(UInt64(nameSize)) &+ nameSize
  if traceStateSize > 0 { size &+= 1 &+ varintSize(UInt64(traceStateSize)) &+ traceStateSize }
  if span.pointee.flags & UInt8(AXZ_SPAN_HAS_PARENT) != 0 { size &+= 10 }
  size &+= optionalSize(span.pointee.dropped_attributes)
  size &+= optionalSize(span.pointee.dropped_events)
  size &+= optionalSize(span.pointee.dropped_links)
  return size
}

/// Writes a Span message of opentelemetry/proto/trace/v1/trace.proto as field 2.
@inline(__always)
private func putSpan(
  _ place: Place, _ span: UnsafeMutablePointer<axz_span>, _ size: Int, _ name: UnsafePointer<UInt8>?,
  _ nameSize: Int, _ traceState: UnsafePointer<UInt8>?, _ traceStateSize: Int
) -> Place {
  var end = putVarint(putByte(place, 0x12), UInt64(size))
  end = putBigEndian64(putByte(putByte(end, 0x0a), 16), span.pointee.trace_high)
  end = putBigEndian64(end, span.pointee.trace_low)
  end = putBigEndian64(putByte(putByte(end, 0x12), 8), span.pointee.span_id)
  if traceStateSize > 0 { end = putBytes(end, 0x1a, traceState, traceStateSize) }
  if span.pointee.flags & UInt8(AXZ_SPAN_HAS_PARENT) != 0 {
    end = putBigEndian64(putByte(putByte(end, 0x22), 8), span.pointee.parent_id)
  }
  end = putBytes(end, 0x2a, name, nameSize)
  end = putByte(putByte(end, 0x30), span.pointee.kind)
  end = putFixed64(putByte(end, 0x39), span.pointee.start)
  end = putFixed64(putByte(end, 0x41), span.pointee.end)
  let used = Int(span.pointee.fields.used)
  if used > 0, let fields = span.pointee.fields.data {
    memcpy(end, fields, used)
    end += used
  }
  if span.pointee.dropped_attributes != 0 {
    end = putVarint(putByte(end, 10 << 3), UInt64(span.pointee.dropped_attributes))
  }
  if span.pointee.dropped_events != 0 {
    end = putVarint(putByte(end, 12 << 3), UInt64(span.pointee.dropped_events))
  }
  if span.pointee.dropped_links != 0 {
    end = putVarint(putByte(end, 14 << 3), UInt64(span.pointee.dropped_links))
  }
  // flags 16: the sampled bit, and whether the parent is remote (bits 8 and 9).
  let isRemote = span.pointee.flags & UInt8(AXZ_SPAN_REMOTE_PARENT) != 0
  return putFixed32(putByte(putByte(end, 0x85), 0x01), 0x101 | (isRemote ? 0x200 : 0))
}
