import Base
import System

/// The field `authorization` of a scrape.
enum ScrapeCredentials {
  /// Bytes of a file with a secret.
  private static let fileBytesMax = 64 << 10

  /// The value of the field; reads files, which blocks.
  ///
  /// Errors name the file, never what is in it.
  static func field(_ authorization: ScrapeAuthorization) throws(PageFailure) -> Secret {
    switch authorization {
    case .basic(let username, let password):
      let secret = try password.map { source throws(PageFailure) in try text(source) } ?? ""
      return Secret("Basic " + base64("\(username):\(secret)"))
    case .credentials(let type, let source): return Secret("\(type) \(try text(source))")
    }
  }

  private static func text(_ source: SecretSource) throws(PageFailure) -> String {
    switch source {
    case .inline(let secret): return try checked(secret.text, "the credentials of the job")
    case .file(let path):
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try File.read(path, sizeMax: fileBytesMax)
      } catch {
        throw PageFailure("the file with credentials, \(path), cannot be read: \(error)")
      }
      func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x0a, 0x0d, 0x09].contains(byte) }
      let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
      let text = String(decoding: bytes[..<end].drop(while: isSpace), as: UTF8.self)
      return try checked(text, "the file \(path)")
    }
  }

  /// A field may not hold line breaks, or somebody could write further fields with it.
  private static func checked(_ text: String, _ place: String) throws(PageFailure) -> String {
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
      throw PageFailure("\(place) hold control characters")
    }
    return text
  }

  private static func base64(_ text: String) -> String {
    let bytes = Base64.encodeUnpadded(Array(text.utf8))
    let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - bytes.count % 4) % 4)
    return String(decoding: bytes + padding, as: UTF8.self)
  }
}
