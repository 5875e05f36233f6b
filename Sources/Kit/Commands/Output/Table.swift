/// Rows under a head, columns aligned, cut to the width of a terminal.
package struct Table {
  /// A column of a table.
  package struct Column {
    let title: String
    let isNumber: Bool
    /// Whether the column may be cut when the terminal is narrow.
    let isFlexible: Bool
    /// The colour of a cell, by its text.
    let color: (Style, String) -> String

    package init(
      title: String, isNumber: Bool = false, isFlexible: Bool = false,
      color: @escaping (Style, String) -> String = { _, text in text }
    ) {
      self.title = title
      self.isNumber = isNumber
      self.isFlexible = isFlexible
      self.color = color
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  package mutating func append(_ cells: [String]) {
    precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
    rows.append(cells.map(TextWidth.visible))
  }

  /// The lines of the table.
  ///
  /// - Parameter width: the columns of the terminal; nil to cut nothing.
  package func lines(width: Int?, style: Style) -> [String] {
    var widths = columns.indices.map { index in
      max(TextWidth.of(columns[index].title), rows.map { TextWidth.of($0[index]) }.max() ?? 0)
    }
    if let width { shrink(&widths, to: width) }
    let head = columns.indices.map { cell(columns[$0].title, $0, widths) }
    let body = rows.map { row in
      columns.indices.map { columns[$0].color(style, cell(row[$0], $0, widths)) }
    }
    return [style.dim(trimmed(head.joined(separator: "  ")))] + body.map { trimmed($0.joined(separator: "  ")) }
  }

  private func cell(_ text: String, _ index: Int, _ widths: [Int]) -> String {
    let text = TextWidth.cut(text, to: widths[index])
    return columns[index].isNumber
      ? TextWidth.padLeft(text, to: widths[index]) : TextWidth.pad(text, to: widths[index])
  }

  /// Takes columns from the widest flexible column until the table fits or none may shrink.
  private func shrink(_ widths: inout [Int], to width: Int) {
    let least = 10
    while widths.reduce(0, +) + 2 * (widths.count - 1) > width {
      let candidates = widths.indices.filter { columns[$0].isFlexible && widths[$0] > least }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
      widths[widest] -= 1
    }
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.hasSuffix(" ") { line.removeLast() }
    return line
  }
}
