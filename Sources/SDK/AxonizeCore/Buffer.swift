public import CAxonizeCore

/// Gives a buffer storage of its owner to begin in.
@c @implementation
public func axz_buffer_init(
  _ buffer: UnsafeMutablePointer<axz_buffer>, _ storage: UnsafeMutablePointer<UInt8>?, _ capacity: UInt32,
  _ limit: UInt32
) {
  buffer.pointee = axz_buffer(data: storage, used: 0, capacity: capacity, limit: max(limit, capacity), on_heap: 0)
}

/// Frees the heap part of a buffer, which is empty afterwards.
@c @implementation
public func axz_buffer_free(_ buffer: UnsafeMutablePointer<axz_buffer>) {
  if buffer.pointee.on_heap != 0 { free(buffer.pointee.data) }
  buffer.pointee = axz_buffer(data: nil, used: 0, capacity: 0, limit: 0, on_heap: 0)
}

/// Makes room for `size` more bytes and returns where they go; nil at the limit or without memory.
@inline(__always)
func room(_ buffer: UnsafeMutablePointer<axz_buffer>, _ size: Int) -> UnsafeMutablePointer<UInt8>? {
  let used = Int(buffer.pointee.used)
  if size > Int(buffer.pointee.capacity) &- used, !grow(buffer, size) { return nil }
  guard let data = buffer.pointee.data else { return nil }
  return data + used
}

/// Doubles a buffer until `size` more bytes fit, within its limit.
@inline(never)
private func grow(_ buffer: UnsafeMutablePointer<axz_buffer>, _ size: Int) -> Bool {
  let used = Int(buffer.pointee.used)
  let limit = Int(buffer.pointee.limit)
  guard size <= limit &- used else { return false }
  var capacity = max(Int(buffer.pointee.capacity) &* 2, 256)
  while capacity < used &+ size { capacity = capacity &* 2 }
  capacity = min(capacity, limit)
  let old = buffer.pointee.data
  let isHeap = buffer.pointee.on_heap != 0
  guard let new = isHeap ? realloc(old, capacity) : malloc(capacity) else { return false }
  if !isHeap, let old, used > 0 { memcpy(new, old, used) }
  buffer.pointee.data = new.assumingMemoryBound(to: UInt8.self)
  buffer.pointee.capacity = UInt32(truncatingIfNeeded: capacity)
  buffer.pointee.on_heap = 1
  return true
}

/// Copies bytes to the end.
@c @implementation
public func axz_buffer_append(
  _ buffer: UnsafeMutablePointer<axz_buffer>, _ bytes: UnsafePointer<UInt8>?, _ size: Int
) -> Bool {
  guard let bytes, size > 0 else { return true }
  guard let place = room(buffer, size) else { return false }
  memcpy(place, bytes, size)
  buffer.pointee.used &+= UInt32(truncatingIfNeeded: size)
  return true
}

/// Writes a base-128 varint.
@c @implementation
public func axz_buffer_varint(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: UInt64) -> Bool {
  guard let place = room(buffer, 10) else { return false }
  buffer.pointee.used &+= UInt32(truncatingIfNeeded: putVarint(place, value) - place)
  return true
}

/// Writes eight bytes, least first.
@c @implementation
public func axz_buffer_fixed64(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: UInt64) -> Bool {
  guard let place = room(buffer, 8) else { return false }
  _ = putFixed64(place, value)
  buffer.pointee.used &+= 8
  return true
}

/// Begins a field of unknown length: its tag and one byte for the length.
@c @implementation
public func axz_buffer_open(_ buffer: UnsafeMutablePointer<axz_buffer>, _ field: UInt32) -> UInt32 {
  guard let place = room(buffer, 2) else { return 0 }
  place[0] = UInt8(truncatingIfNeeded: field << 3 | 2)
  place[1] = 0
  buffer.pointee.used &+= 2
  return buffer.pointee.used
}

/// Ends a field: writes its length, which moves the content when it needs more than a byte.
@c @implementation
public func axz_buffer_close(_ buffer: UnsafeMutablePointer<axz_buffer>, _ mark: UInt32) -> Bool {
  guard mark >= 2 else { return false }
  let length = Int(buffer.pointee.used) &- Int(mark)
  let extra = varintSize(UInt64(length)) &- 1
  if extra > 0 {
    guard room(buffer, extra) != nil, let data = buffer.pointee.data else {
      axz_buffer_undo(buffer, mark)
      return false
    }
    memmove(data + Int(mark) + extra, data + Int(mark), length)
    buffer.pointee.used &+= UInt32(truncatingIfNeeded: extra)
  }
  guard let data = buffer.pointee.data else { return false }
  _ = putVarint(data + Int(mark) - 1, UInt64(length))
  return true
}

/// Takes back an open field with all that was written since.
@c @implementation
public func axz_buffer_undo(_ buffer: UnsafeMutablePointer<axz_buffer>, _ mark: UInt32) {
  if mark >= 2 { buffer.pointee.used = mark &- 2 }
}

/// Writes a field of known length.
@c @implementation
public func axz_buffer_string(
  _ buffer: UnsafeMutablePointer<axz_buffer>, _ field: UInt32, _ text: UnsafePointer<UInt8>?, _ size: Int
) -> Bool {
  guard let place = room(buffer, 11 &+ size) else { return false }
  let end = putBytes(place, UInt8(truncatingIfNeeded: field << 3 | 2), text, size)
  buffer.pointee.used &+= UInt32(truncatingIfNeeded: end - place)
  return true
}
