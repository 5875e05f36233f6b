import System

/// Where the API key comes from.
///
/// A file is read for each request, so that a new key needs no restart.
package enum KeySource: Sendable {
  case none
  case text(String)
  case file(String)

  /// More than any key has.
  private static let fileBytesMax = 4 << 10

  func read() throws(KeyProblem) -> String? {
    switch self {
    case .none: return nil
    case .text(let text): return text
    case .file(let path):
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try File.read(path, sizeMax: Self.fileBytesMax, isWaiting: false)
      } catch {
        throw KeyProblem(description: "the key file \(path) cannot be read: \(error)")
      }
      let text = String(decoding: bytes, as: UTF8.self).split { $0.isWhitespace }
      guard text.count == 1, Self.isKey(text[0]) else {
        throw KeyProblem(description: "the key file \(path) does not hold a key and nothing else")
      }
      return String(text[0])
    }
  }

  /// Whether a text has only characters that keys have.
  package static func isKey(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
  }
}

/// Why there is no key.
struct KeyProblem: Error, CustomStringConvertible {
  let description: String
}
