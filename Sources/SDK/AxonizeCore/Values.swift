public import CAxonizeCore

// AnyValue of opentelemetry/proto/common/v1/common.proto: string 1, bool 2, int 3, double 4, array 5, map 6, bytes 7.

/// Writes a text value.
@c @implementation
public func axz_value_string(
  _ buffer: UnsafeMutablePointer<axz_buffer>, _ text: UnsafePointer<UInt8>?, _ size: Int
) -> Bool {
  axz_buffer_string(buffer, 1, text, size)
}

/// Writes a truth value; false is written too, since an AnyValue without a field has no type.
@c @implementation
public func axz_value_bool(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: Bool) -> Bool {
  guard let place = room(buffer, 2) else { return false }
  _ = putByte(putByte(place, 0x10), value ? 1 : 0)
  buffer.pointee.used &+= 2
  return true
}

/// Writes a whole number.
@c @implementation
public func axz_value_int(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: Int64) -> Bool {
  guard let place = room(buffer, 11) else { return false }
  let end = putVarint(putByte(place, 0x18), UInt64(bitPattern: value))
  buffer.pointee.used &+= UInt32(truncatingIfNeeded: end - place)
  return true
}

/// Writes a number with a fraction; NaN and infinities travel as they are.
@c @implementation
public func axz_value_double(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: Double) -> Bool {
  guard let place = room(buffer, 9) else { return false }
  _ = putFixed64(putByte(place, 0x21), value.bitPattern)
  buffer.pointee.used &+= 9
  return true
}

/// Writes bytes.
@c @implementation
public func axz_value_bytes(
  _ buffer: UnsafeMutablePointer<axz_buffer>, _ bytes: UnsafePointer<UInt8>?, _ size: Int
) -> Bool {
  axz_buffer_string(buffer, 7, bytes, size)
}

/// Where a text has to be cut so that it keeps to both limits and no code point is split.
@c @implementation
public func axz_text_cut(
  _ text: UnsafePointer<UInt8>?, _ size: Int, _ characters: UInt32, _ bytes: UInt32
) -> Int {
  guard let text else { return 0 }
  var cut = size
  if cut > Int(bytes) {
    cut = Int(bytes)
    while cut > 0, text[cut] & 0xc0 == 0x80 { cut &-= 1 }
  }
  // A text has at most as many code points as bytes.
  guard cut > Int(characters) else { return cut }
  var left = Int(characters)
  var index = 0
  while index < cut {
    if text[index] & 0xc0 != 0x80 {
      if left == 0 { return index }
      left &-= 1
    }
    index &+= 1
  }
  return cut
}
