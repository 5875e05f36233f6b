/// How the value of a field is encoded (https://protobuf.dev/programming-guides/encoding/#structure).
public enum WireType: UInt32, Sendable {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case startGroup = 3
  case endGroup = 4
  case fixed32 = 5
}

/// The tag of a field: its number and wire type as they stand on the wire.
///
/// Decoders switch over whole tags, so a known number with another wire type is an unknown field, as the
/// encoding demands.
public enum ProtobufTag {
  /// The tag of a varint field.
  @inlinable
  @inline(__always)
  public static func varint(_ number: UInt32) -> UInt32 { number << 3 }

  /// The tag of a field of 64 bits.
  @inlinable
  @inline(__always)
  public static func fixed64(_ number: UInt32) -> UInt32 { number << 3 | 1 }
  /// The tag of a string, bytes, message or packed field.
  @inlinable
  @inline(__always)
  public static func bytes(_ number: UInt32) -> UInt32 { number << 3 | 2 }

  /// The tag of a field of 32 bits.
  @inlinable
  @inline(__always)
  public static func fixed32(_ number: UInt32) -> UInt32 { number << 3 | 5 }
}
