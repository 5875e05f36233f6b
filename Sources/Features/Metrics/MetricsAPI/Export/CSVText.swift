/// Rows of CSV as RFC 4180 has them: cells separated by commas, in quotes where they need them, each row with CR LF.
enum CSVText {
  static func append(_ cells: [String], to bytes: inout [UInt8]) {
    for (index, cell) in cells.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += cell.utf8
    }
    bytes += [0x0d, 0x0a]
  }

  /// The cell of a text that somebody else chose.
  ///
  /// Spreadsheets take a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula, which may
  /// send data away; it is written behind an apostrophe, as OWASP's page on CSV injection advises.
  static func cell(_ text: String) -> String {
    var cell = text
    if let first = text.utf8.first, "=+-@\t\r\n".utf8.contains(first) { cell = "'" + cell }
    guard cell.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return cell }
    var quoted = "\""
    for scalar in cell.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
