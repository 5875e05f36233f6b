/// Why a body could not be decoded or encoded.
package enum CompressionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The decoded body has more bytes than the limit allows.
  case tooLarge(limitBytes: Int)
  /// The bytes are not what the coding says: damaged, cut short, or followed by something else.
  case corrupt(ContentCoding)
  /// The coding has no form that can be decoded piece by piece.
  case wholeOnly(ContentCoding)
  /// The system gave no memory for the decoded bytes or for the decoder.
  case outOfMemory

  package var description: String {
    switch self {
    case .tooLarge(let limitBytes):
      "the decoded body is larger than the limit of \(limitBytes) bytes; send smaller bodies or raise the limit"
    case .corrupt(let coding): "the body is not valid \(coding.rawValue) data"
    case .wholeOnly(let coding): "a body in \(coding.rawValue) can only be decoded whole"
    case .outOfMemory: "not enough memory to decode the body"
    }
  }
}
