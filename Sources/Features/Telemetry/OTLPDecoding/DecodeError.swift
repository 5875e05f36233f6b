import JSON
import Protobuf

/// Why a request was refused as a whole.
///
/// Nothing of it was appended.
package enum DecodeError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The bytes are not such a message; the same request fails again.
  case malformed(offset: Int, reason: String)
  /// The batch cannot take this much more text; the request fits an empty one, or is too large for any.
  case batchFull
  /// The request has more records than one may have, or they take more memory; it has to be sent in parts.
  case tooLarge(String)

  init(_ error: ProtobufError) { self = .malformed(offset: error.offset, reason: error.description) }
  init(_ error: JSONError) { self = .malformed(offset: error.offset, reason: error.description) }

  package var description: String {
    switch self {
    case .malformed(_, let reason): reason
    case .batchFull: "the batch cannot take the text of the request"
    case .tooLarge(let reason): reason
    }
  }
}
