/// How many columns of a terminal a text takes, and texts cut and padded to it.
package enum TextWidth {
  /// The columns of a text without control characters.
  package static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

  /// Pads with spaces on the right.
  package static func pad(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - of(text)))
  }

  /// Pads with spaces on the left.
  package static func padLeft(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - of(text))) + text
  }

  /// The text, or as much of it as leaves room for an ellipsis.
  package static func cut(_ text: String, to width: Int) -> String {
    guard of(text) > width else { return text }
    guard width > 1 else { return width == 1 ? "…" : "" }
    var cut = ""
    var used = 0
    for character in text {
      let columns = of(character)
      if used + columns > width - 1 { break }
      cut.append(character)
      used += columns
    }
    return cut + "…"
  }

  /// The text with control characters made visible, so that what a client sent cannot drive the terminal.
  ///
  /// The end of a line is a sign between spaces; other characters are written as in a string of C or Swift.
  package static func visible(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var visible = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": visible += " ⏎ "
      case "\t": visible += " "
      case "\r": visible += "\\r"
      case "\u{1b}": visible += "\\e"
      case _ where isControl(scalar): visible += "\\u{\(String(scalar.value, radix: 16))}"
      default: visible.unicodeScalars.append(scalar)
      }
    }
    return visible
  }

  /// C0, DEL, C1, the separators that break lines, and the marks that turn the direction of text
  /// (Unicode Standard Annex 9).
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f...0x9f, 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }

  private static func of(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return isWide(scalar) || character.unicodeScalars.contains("\u{fe0f}") ? 2 : 1
    }
  }

  /// The blocks that East Asian terminals show in two columns (Unicode Standard Annex 11, wide and fullwidth).
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xa000...0xa4cf,
      0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6,
      0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1faff, 0x20000...0x3fffd:
      true
    default: false
    }
  }
}
