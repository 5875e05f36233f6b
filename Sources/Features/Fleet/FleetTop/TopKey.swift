/// A key that `top` knows.
enum TopKey: Sendable, Hashable, CaseIterable {
  case quit, up, down, pageUp, pageDown, first, last, enter, back, sort, help, pause

  /// The keys of bytes from a terminal; what means nothing is left out.
  ///
  /// Arrows and the like are an escape with a code (ECMA-48; xterm's function keys). An escape with nothing behind it is the
  /// key of that name.
  static func keys(in bytes: [UInt8]) -> [TopKey] {
    var keys: [TopKey] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte != 0x1b {
        if let key = plain(byte) { keys.append(key) }
        continue
      }
      guard index < bytes.count, bytes[index] == UInt8(ascii: "[") || bytes[index] == UInt8(ascii: "O") else {
        if index == bytes.count { keys.append(.back) }
        continue
      }
      index += 1
      var parameter: [UInt8] = []
      while index < bytes.count, (0x20...0x3f).contains(bytes[index]) {
        parameter.append(bytes[index])
        index += 1
      }
      guard index < bytes.count else { break }
      if let key = sequence(parameter, bytes[index]) { keys.append(key) }
      index += 1
    }
    return keys
  }

  private static func plain(_ byte: UInt8) -> TopKey? {
    switch byte {
    // The keys that would interrupt the program and stop it, which the terminal hands on.
    case UInt8(ascii: "q"), UInt8(ascii: "Q"), 0x03: .quit
    case 0x1a: .pause
    case UInt8(ascii: "k"), 0x10: .up
    case UInt8(ascii: "j"), 0x0e: .down
    case 0x02: .pageUp
    case UInt8(ascii: " "), 0x06: .pageDown
    case UInt8(ascii: "g"): .first
    case UInt8(ascii: "G"): .last
    case 0x0d, 0x0a: .enter
    case 0x7f, 0x08: .back
    case UInt8(ascii: "s"): .sort
    case UInt8(ascii: "?"), UInt8(ascii: "h"): .help
    default: nil
    }
  }

  private static func sequence(_ parameter: [UInt8], _ final: UInt8) -> TopKey? {
    switch (parameter, final) {
    case (_, UInt8(ascii: "A")): .up
    case (_, UInt8(ascii: "B")): .down
    case (_, UInt8(ascii: "C")): .enter
    case (_, UInt8(ascii: "D")): .back
    case (_, UInt8(ascii: "H")), ([UInt8(ascii: "1")], UInt8(ascii: "~")): .first
    case (_, UInt8(ascii: "F")), ([UInt8(ascii: "4")], UInt8(ascii: "~")): .last
    case ([UInt8(ascii: "5")], UInt8(ascii: "~")): .pageUp
    case ([UInt8(ascii: "6")], UInt8(ascii: "~")): .pageDown
    default: nil
    }
  }
}
