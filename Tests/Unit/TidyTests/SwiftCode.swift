/// Swift source without its comments and without the text of its strings: what is left is code.
///
/// Lines stay where they are, and what a string interpolates stays as code.
struct SwiftCode {
  private(set) var bytes: [UInt8] = []
  private let source: [UInt8]
  private var place = 0

  init(_ text: String) {
    source = Array(text.utf8)
    bytes.reserveCapacity(source.count)
    while place < source.count { copyNext() }
  }

  var lines: [Substring] {
    Substring(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The names and keywords in it, in order.
  var words: [Substring] {
    bytes.split { !Self.isWord($0) }.filter { $0[$0.startIndex] > UInt8(ascii: "9") }
      .map { Substring(decoding: $0, as: UTF8.self) }
  }

  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
      true
    default: false
    }
  }

  private func isNext(_ text: String, at offset: Int = 0) -> Bool {
    place + offset <= source.count && source[(place + offset)...].starts(with: text.utf8)
  }

  private mutating func copyNext() {
    let begins: [UInt8] = [UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "#")]
    guard begins.contains(source[place]) else {
      bytes.append(source[place])
      place += 1
      return
    }
    if isNext("//") {
      while place < source.count, source[place] != UInt8(ascii: "\n") { place += 1 }
    } else if isNext("/*") {
      skipBlockComment()
    } else if let poundCount = stringStart() {
      copyString(poundCount)
    } else {
      bytes.append(source[place])
      place += 1
    }
  }

  private mutating func skipBlockComment() {
    var depth = 0
    repeat {
      if isNext("/*") {
        depth += 1
        place += 2
      } else if isNext("*/") {
        depth -= 1
        place += 2
      } else {
        if source[place] == UInt8(ascii: "\n") { bytes.append(source[place]) }
        place += 1
      }
    } while depth > 0 && place < source.count
  }

  /// The number of `#` before a string that begins here; nil when none does.
  private func stringStart() -> Int? {
    var count = 0
    while place + count < source.count, source[place + count] == UInt8(ascii: "#") { count += 1 }
    return isNext("\"", at: count) ? count : nil
  }

  private mutating func copyString(_ poundCount: Int) {
    place += poundCount
    let quoteCount = isNext("\"\"\"") ? 3 : 1
    place += quoteCount
    let pounds = [UInt8](repeating: UInt8(ascii: "#"), count: poundCount)
    let end = [UInt8](repeating: UInt8(ascii: "\""), count: quoteCount) + pounds
    let escape = [UInt8(ascii: "\\")] + pounds
    bytes.append(UInt8(ascii: "\""))
    while place < source.count, !source[place...].starts(with: end) {
      if source[place...].starts(with: escape) {
        place += escape.count
        if isNext("(") { copyInterpolation() } else { place += 1 }
      } else {
        if source[place] == UInt8(ascii: "\n") { bytes.append(source[place]) }
        place += 1
      }
    }
    place += end.count
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func copyInterpolation() {
    var depth = 0
    repeat {
      if source[place] == UInt8(ascii: "(") { depth += 1 }
      if source[place] == UInt8(ascii: ")") { depth -= 1 }
      copyNext()
    } while depth > 0 && place < source.count
  }
}
