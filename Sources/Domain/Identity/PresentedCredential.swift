import Base

/// What a request presents to say who makes it.
enum PresentedCredential {
  case none
  /// A credential of another system.
  case foreign
  /// It begins like an Axonize key but is not one.
  case malformed
  case token(APIKeyToken)

  /// Bytes of a Basic credential that is looked at.
  ///
  /// 4 KiB: a user's name of any use, and a key.
  private static let basicBytesMax = 4 << 10

  /// Reads the header fields; `Authorization` goes before the other.
  ///
  /// Besides `Bearer`, SDKs of other products send their key as the password of `Basic` (RFC 7617; Langfuse's, with a
  /// public key as the user), without a scheme (Logfire's), or as `Token` (those of InfluxDB 2).
  init(authorization: String?, apiKey: String?) {
    guard let authorization else {
      self = apiKey.map { Self.key($0.utf8.span, at: 0) } ?? .none
      return
    }
    let text = authorization.utf8.span
    if Self.hasScheme(text, "bearer ") {
      self = Self.key(text, at: 7)
    } else if Self.hasScheme(text, "token ") {
      self = Self.key(text, at: 6)
    } else if Self.hasScheme(text, "basic ") {
      self = Self.basic(authorization.dropFirst(6))
    } else {
      self = Self.key(text, at: 0)
    }
  }

  /// The password of `user:password` in base64, or the user where the password is not a key: `curl -u KEY:` sends it so.
  private static func basic(_ credential: Substring) -> PresentedCredential {
    let encoded = Array(credential.utf8.drop { $0 == UInt8(ascii: " ") })
    guard encoded.count <= basicBytesMax, let decoded = unsafe encoded.withUnsafeBytes({ unsafe Base64.decode($0) }),
      let colon = decoded.firstIndex(of: UInt8(ascii: ":"))
    else { return .foreign }
    let password = key(decoded.span, at: colon + 1)
    if case .foreign = password { return key(Array(decoded[..<colon]).span, at: 0) }
    return password
  }

  private static func key(_ text: borrowing Span<UInt8>, at start: Int) -> PresentedCredential {
    if let token = APIKeyToken(text, at: start) { return .token(token) }
    return APIKeyToken.hasPrefix(text, at: start) ? .malformed : .foreign
  }

  /// Whether a text begins with a scheme, whose name has no case (RFC 9110, section 11.1).
  private static func hasScheme(_ text: borrowing Span<UInt8>, _ scheme: StaticString) -> Bool {
    guard text.count >= scheme.utf8CodeUnitCount else { return false }
    for index in 0..<scheme.utf8CodeUnitCount {
      // SAFETY: the index lies within the literal. Of the characters of a scheme only letters have the bit as their case.
      let expected = unsafe scheme.utf8Start[index]
      let byte = text[index]
      if byte != expected, byte | 0x20 != expected || byte == 0 { return false }
    }
    return true
  }
}
