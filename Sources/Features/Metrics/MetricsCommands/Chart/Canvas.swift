/// Cells of a terminal on which lines are drawn, by the dots of braille or by one character for each line.
struct Canvas {
  let width: Int
  let height: Int
  /// Whether cells have two by four dots.
  private let isBraille: Bool
  private var dots: [UInt8]
  /// The line that was drawn last through a cell; -1 for none.
  private var lines: [Int]

  init(width: Int, height: Int, isBraille: Bool) {
    self.width = width
    self.height = height
    self.isBraille = isBraille
    dots = Array(repeating: 0, count: width * height)
    lines = Array(repeating: -1, count: width * height)
  }

  var dotColumns: Int { isBraille ? width * 2 : width }
  var dotRows: Int { isBraille ? height * 4 : height }

  /// The bits of a cell by its rows, left and right (Unicode Standard, "Braille Patterns").
  private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

  mutating func dot(_ column: Int, _ row: Int, line: Int) {
    guard (0..<dotColumns).contains(column), (0..<dotRows).contains(row) else { return }
    let cell = isBraille ? row / 4 * width + column / 2 : row * width + column
    dots[cell] |= isBraille ? Self.bits[row % 4][column % 2] : 1
    lines[cell] = line
  }

  /// Draws from one dot to another.
  mutating func stroke(from: (column: Int, row: Int), to: (column: Int, row: Int), line: Int) {
    let count = max(abs(to.column - from.column), abs(to.row - from.row))
    for step in 0...count {
      let share = count == 0 ? 0 : Double(step) / Double(count)
      dot(
        from.column + Int((Double(to.column - from.column) * share).rounded()),
        from.row + Int((Double(to.row - from.row) * share).rounded()), line: line)
    }
  }

  /// A row as text, without spaces at its end.
  ///
  /// - Parameter mark: how a line is written, by its number and the dots of a cell.
  func text(row: Int, mark: (_ line: Int, _ braille: String) -> String) -> String {
    var text = ""
    var spaces = 0
    for cell in (row * width)..<((row + 1) * width) {
      guard lines[cell] >= 0, let scalar = Unicode.Scalar(0x2800 + UInt32(dots[cell])) else {
        spaces += 1
        continue
      }
      text += String(repeating: " ", count: spaces) + mark(lines[cell], String(Character(scalar)))
      spaces = 0
    }
    return text
  }
}
