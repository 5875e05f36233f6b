/// Why bytes are not a protobuf message, and where.
@frozen
public struct ProtobufError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong with a message.
  public enum Reason: Sendable, Equatable {
    /// The bytes end inside a field.
    case truncated
    /// A varint has more than ten bytes or more than 64 bits.
    case varintOverflow
    /// A field number is zero or beyond 2^29 - 1, or the wire type is unknown.
    case invalidTag
    /// A group ends that did not begin, or does not end.
    case unbalancedGroup
    /// Messages or groups are nested deeper than the limit.
    case tooDeep
    /// Packed values do not fill their field.
    case invalidPackedLength
  }

  /// What is wrong.
  public let reason: Reason
  /// Bytes from the start of the outermost message to the mistake.
  public let offset: Int

  /// Makes an error at a place.
  public init(_ reason: Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// What is wrong, and where.
  public var description: String {
    let text =
      switch reason {
      case .truncated: "a field ends beyond the message"
      case .varintOverflow: "a varint is longer than 64 bits"
      case .invalidTag: "invalid field number or wire type"
      case .unbalancedGroup: "a group is not closed where it should be"
      case .tooDeep: "nested too deep"
      case .invalidPackedLength: "packed values do not fill their field"
      }
    return "invalid protobuf at byte \(offset): \(text)"
  }
}
