/// Why a message is not acceptable HTTP/1.1; the raw value is the sentence that the peer may read.
package enum HTTP1Error: String, Error, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case bareLineFeed = "a line ends in LF without CR"
  case bareCarriageReturn = "CR stands in the middle of a line"
  case obsoleteFold = "a field value is folded over two lines"
  case malformedRequestLine = "the request line is not METHOD SP TARGET SP VERSION"
  case invalidMethod = "the method is not a token of at most 24 characters"
  case invalidTarget = "the request target has a form or a character that is not allowed"
  case targetTooLong = "the request target is too long"
  case malformedVersion = "the version is not HTTP/ and two digits"
  case unsupportedVersion = "the version is neither HTTP/1.1 nor HTTP/1.0"
  case malformedStatusLine = "the status line is not VERSION SP STATUS SP REASON"
  case missingColon = "a field line has no colon"
  case invalidFieldName = "a field name is empty or has a character that is not allowed"
  case spaceBeforeColon = "a space stands between a field name and its colon"
  case invalidFieldValue = "a field value has a control character"
  case tooManyFields = "the head has too many fields"
  case headTooLarge = "the head is too large"
  case missingHost = "the request has no host field"
  case repeatedHost = "the request has more than one host field"
  case invalidHost = "the host field has a character that is not allowed"
  case invalidContentLength = "content-length is not a decimal number in range"
  case differingContentLengths = "content-length is given twice with different values"
  case contentLengthWithTransferEncoding = "content-length and transfer-encoding are both given"
  case unsupportedTransferEncoding = "transfer-encoding is something other than chunked"
  case transferEncodingInHTTP10 = "transfer-encoding is used with HTTP/1.0"
  case unsupportedExpectation = "expect is something other than 100-continue"
  case invalidChunkSize = "a chunk size is not a hexadecimal number in range"
  case malformedChunk = "a chunk is not followed by CRLF"
  case chunkExtensionsTooLarge = "the chunk extensions are too large"
  case trailersTooLarge = "the trailer fields are too large"
  case bodyTooLarge = "the body is too large"
  case incompleteBody = "the connection ended before the body did"
  case invalidOutput = "a message to be sent has a character that is not allowed"

  package var description: String { rawValue }

  /// The status that a server responds with before it closes the connection (RFC 9110, section 15; RFC 6585).
  package var status: Int {
    switch self {
    case .headTooLarge, .tooManyFields, .trailersTooLarge: 431
    case .targetTooLong: 414
    case .unsupportedVersion: 505
    case .unsupportedTransferEncoding: 501
    case .unsupportedExpectation: 417
    case .bodyTooLarge: 413
    case .invalidOutput: 500
    default: 400
    }
  }
}
