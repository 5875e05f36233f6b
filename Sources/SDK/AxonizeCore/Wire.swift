import CAxonizeCore

// Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/), written where the caller has made room.

typealias Place = UnsafeMutablePointer<UInt8>

@inline(__always)
func varintSize(_ value: UInt64) -> Int {
  // Seven bits a byte; zero takes one byte too.
  (70 &- (value | 1).leadingZeroBitCount) / 7
}

@inline(__always)
func putVarint(_ place: Place, _ value: UInt64) -> Place {
  var place = place
  var rest = value
  while rest >= 0x80 {
    place.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
    place += 1
    rest >>= 7
  }
  place.pointee = UInt8(truncatingIfNeeded: rest)
  return place + 1
}

@inline(__always)
func putFixed64(_ place: Place, _ value: UInt64) -> Place {
  UnsafeMutableRawPointer(place).storeBytes(of: value.littleEndian, as: UInt64.self)
  return place + 8
}

@inline(__always)
func putBigEndian64(_ place: Place, _ value: UInt64) -> Place {
  UnsafeMutableRawPointer(place).storeBytes(of: value.bigEndian, as: UInt64.self)
  return place + 8
}

@inline(__always)
func putByte(_ place: Place, _ value: UInt8) -> Place {
  place.pointee = value
  return place + 1
}

/// A tag of one byte, a length and the bytes.
@inline(__always)
func putBytes(_ place: Place, _ tag: UInt8, _ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Place {
  let content = putVarint(putByte(place, tag), UInt64(truncatingIfNeeded: size))
  if size > 0, let bytes { memcpy(content, bytes, size) }
  return content + size
}

/// Reads a varint before `end`; nil when it is cut off or longer than ten bytes.
@inline(__always)
func readVarint(_ place: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> (UInt64, UnsafePointer<UInt8>)? {
  var place = place
  var value: UInt64 = 0
  var shift: UInt64 = 0
  while place < end, shift < 70 {
    let byte = place.pointee
    place += 1
    value |= UInt64(byte & 0x7f) &<< shift
    if byte < 0x80 { return (value, place) }
    shift &+= 7
  }
  return nil
}

@inline(__always)
func putFixed32(_ place: Place, _ value: UInt32) -> Place {
  UnsafeMutableRawPointer(place).storeBytes(of: value.littleEndian, as: UInt32.self)
  return place + 4
}
