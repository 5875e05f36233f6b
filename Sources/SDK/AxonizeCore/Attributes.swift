public import CAxonizeCore

// An attribute is a KeyValue in field 9 of the Span message, encoded when it is set.

private let attributeTag: UInt8 = 9 << 3 | 2

/// Sets a text, cut to the limits.
@c @implementation
public func axz_span_set_string(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ key: UnsafePointer<UInt8>,
  _ keySize: Int, _ text: UnsafePointer<UInt8>?, _ size: Int
) {
  var size = size
  if size > Int(min(core.pointee.limits.value_bytes, core.pointee.limits.value_characters)) {
    size = cut(core, text, size)
  }
  guard let place = attribute(core, span, key, keySize, 1 &+ varintSize(UInt64(size)) &+ size) else { return }
  _ = putBytes(place, 0x0a, text, size)
}

/// Sets a truth value.
@c @implementation
public func axz_span_set_bool(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ key: UnsafePointer<UInt8>,
  _ keySize: Int, _ value: Bool
) {
  guard let place = attribute(core, span, key, keySize, 2) else { return }
  _ = putByte(putByte(place, 0x10), value ? 1 : 0)
}

/// Sets a whole number.
@c @implementation
public func axz_span_set_int(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ key: UnsafePointer<UInt8>,
  _ keySize: Int, _ value: Int64
) {
  let bits = UInt64(bitPattern: value)
  guard let place = attribute(core, span, key, keySize, 1 &+ varintSize(bits)) else { return }
  _ = putVarint(putByte(place, 0x18), bits)
}

/// Sets a number with a fraction.
@c @implementation
public func axz_span_set_double(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ key: UnsafePointer<UInt8>,
  _ keySize: Int, _ value: Double
) {
  guard let place = attribute(core, span, key, keySize, 9) else { return }
  _ = putFixed64(putByte(place, 0x21), value.bitPattern)
}

/// Sets a value that is encoded already.
@c @implementation
public func axz_span_set_encoded(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ key: UnsafePointer<UInt8>,
  _ keySize: Int, _ value: UnsafePointer<UInt8>?, _ size: Int
) {
  guard let place = attribute(core, span, key, keySize, size) else { return }
  if let value, size > 0 { memcpy(place, value, size) }
}

/// Whether an attribute of the key was set.
@c @implementation
public func axz_span_has_attribute(
  _ span: UnsafeMutablePointer<axz_span>, _ key: UnsafePointer<UInt8>, _ keySize: Int
) -> Bool {
  keySize > 0 && span.pointee.key_filter & filterBit(key, keySize) != 0 && find(span, key, keySize) != nil
}

/// Counts an attribute that could not be encoded.
@c @implementation
public func axz_span_drop_attribute(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>
) {
  span.pointee.dropped_attributes &+= 1
  _ = axz_add(&core.pointee.dropped_attributes, 1)
}

@inline(never)
private func cut(_ core: UnsafeMutablePointer<axz_core>, _ text: UnsafePointer<UInt8>?, _ size: Int) -> Int {
  let kept = axz_text_cut(text, size, core.pointee.limits.value_characters, core.pointee.limits.value_bytes)
  if kept < size { _ = axz_add(&core.pointee.truncated_values, 1) }
  return kept
}

/// Writes all of an attribute but its value and returns the place of the value's `valueSize` bytes.
@inline(__always)
private func attribute(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ key: UnsafePointer<UInt8>,
  _ keySize: Int, _ valueSize: Int
) -> Place? {
  guard span.pointee.state == UInt8(AXZ_SPAN_LIVE), span.pointee.flags & UInt8(AXZ_SPAN_SAMPLED) != 0, keySize > 0
  else { return nil }
  let pair =
    2 &+ varintSize(UInt64(keySize)) &+ keySize &+ varintSize(UInt64(valueSize)) &+ valueSize
  let whole = 1 &+ varintSize(UInt64(pair)) &+ pair
  guard let place = attributePlace(core, span, key, keySize, whole) else { return nil }
  let content = putVarint(putByte(place, attributeTag), UInt64(pair))
  return putVarint(putByte(putBytes(content, 0x0a, key, keySize), 0x12), UInt64(valueSize))
}

/// Where an attribute of `size` bytes goes: the end, or the place of the one it replaces.
@inline(__always)
private func attributePlace(
  _ core: UnsafeMutablePointer<axz_core>, _ span: UnsafeMutablePointer<axz_span>, _ key: UnsafePointer<UInt8>,
  _ keySize: Int, _ size: Int
) -> Place? {
  let bit = filterBit(key, keySize)
  if span.pointee.key_filter & bit != 0, let old = find(span, key, keySize) {
    guard let place = splice(&span.pointee.fields, old.offset, old.size, size) else {
      axz_span_drop_attribute(core, span)
      return nil
    }
    return place
  }
  let isAllowed =
    span.pointee.attributes < core.pointee.limits.attributes || span.pointee.flags & UInt8(AXZ_SPAN_UNLIMITED) != 0
  guard isAllowed, let place = room(&span.pointee.fields, size) else {
    axz_span_drop_attribute(core, span)
    return nil
  }
  span.pointee.key_filter |= bit
  span.pointee.attributes &+= 1
  span.pointee.fields.used &+= UInt32(truncatingIfNeeded: size)
  return place
}

@inline(__always)
private func filterBit(_ key: UnsafePointer<UInt8>, _ size: Int) -> UInt64 {
  let mixed =
    UInt64(key[0]) &* 7 &+ UInt64(key[size &- 1]) &* 13 &+ UInt64(key[size / 2]) &* 29 &+ UInt64(size) &* 31
  return 1 &<< (mixed & 63)
}

/// The encoded attribute of a key.
@inline(never)
private func find(
  _ span: UnsafeMutablePointer<axz_span>, _ key: UnsafePointer<UInt8>, _ keySize: Int
) -> (offset: Int, size: Int)? {
  guard let data = span.pointee.fields.data else { return nil }
  let begin = UnsafePointer(data)
  let end = begin + Int(span.pointee.fields.used)
  var place = begin
  while place < end {
    let start = place
    let tag = place.pointee
    guard let (length, content) = readVarint(place + 1, end) else { return nil }
    place = content + Int(truncatingIfNeeded: length)
    guard tag == attributeTag, let (size, text) = readVarint(content + 1, end) else { continue }
    if Int(truncatingIfNeeded: size) == keySize, memcmp(text, key, keySize) == 0 {
      return (start - begin, place - start)
    }
  }
  return nil
}

/// The encoded field of a tag.
func findField(_ span: UnsafeMutablePointer<axz_span>, _ wanted: UInt8) -> (offset: Int, size: Int)? {
  guard let data = span.pointee.fields.data else { return nil }
  let begin = UnsafePointer(data)
  let end = begin + Int(span.pointee.fields.used)
  var place = begin
  while place < end {
    let start = place
    let tag = place.pointee
    guard let (length, content) = readVarint(place + 1, end) else { return nil }
    place = content + Int(truncatingIfNeeded: length)
    if tag == wanted { return (start - begin, place - start) }
  }
  return nil
}

/// Makes the `old` bytes at `offset` `new` bytes long and returns their place; what follows moves.
func splice(_ buffer: UnsafeMutablePointer<axz_buffer>, _ offset: Int, _ old: Int, _ new: Int) -> Place? {
  if new > old, room(buffer, new &- old) == nil { return nil }
  guard let data = buffer.pointee.data else { return nil }
  let used = Int(buffer.pointee.used)
  if new != old { memmove(data + offset + new, data + offset + old, used &- offset &- old) }
  buffer.pointee.used = UInt32(truncatingIfNeeded: used &+ new &- old)
  return data + offset
}
