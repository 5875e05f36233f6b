/// Rows under a head, columns aligned, made to fit the width of a terminal.
package struct Table {
  /// A column of a table.
  package struct Column {
    let title: String
    let isNumber: Bool
    /// Whether the column may be cut when the terminal is narrow.
    let isFlexible: Bool
    /// Whether the column has ids, of which a narrow terminal shows the first digits only.
    ///
    /// Commands take these too.
    let isID: Bool
    /// The colour of a cell, by its text.
    let color: (Style, String) -> String

    package init(
      title: String, isNumber: Bool = false, isFlexible: Bool = false, isID: Bool = false,
      color: @escaping (Style, String) -> String = { _, text in text }
    ) {
      self.title = title
      self.isNumber = isNumber
      self.isFlexible = isFlexible
      self.isID = isID
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
  /// Where they do not fit, texts are cut first, then ids, then the last columns are left out, with an ellipsis at the
  /// end of the head. A number or a time is whole or not there.
  /// - Parameter width: the columns of the terminal; nil to cut nothing.
  package func lines(width: Int?, style: Style) -> [String] {
    let widths = fittingWidths(width ?? .max)
    let shown = columns.indices.prefix(widths.count)
    var head = trimmed(shown.map { cell(columns[$0].title, $0, widths) }.joined(separator: "  "))
    if widths.count < columns.count { head += TextWidth.of(head) + 3 <= width ?? .max ? "  …" : "…" }
    let body = rows.map { row in
      trimmed(shown.map { columns[$0].color(style, cell(row[$0], $0, widths)) }.joined(separator: "  "))
    }
    return [style.dim(head)] + body
  }

  private func cell(_ text: String, _ index: Int, _ widths: [Int]) -> String {
    // Digits of an id can be copied if nothing else is among them.
    let text = columns[index].isID ? String(text.prefix(widths[index])) : TextWidth.cut(text, to: widths[index])
    return columns[index].isNumber
      ? TextWidth.padLeft(text, to: widths[index]) : TextWidth.pad(text, to: widths[index])
  }

  /// The widths of the columns that fit; the first one is always among them.
  private func fittingWidths(_ width: Int) -> [Int] {
    let natural = columns.indices.map { index in
      max(TextWidth.of(columns[index].title), rows.map { TextWidth.of($0[index]) }.max() ?? 0)
    }
    for count in columns.indices.dropFirst().reversed() {
      var widths = Array(natural[...count])
      // The ellipsis after the head.
      let room = count == columns.count - 1 ? width : width - 1
      for (least, mayShrink) in Self.stages { shrink(&widths, to: room, least, mayShrink) }
      if Self.total(widths) <= room { return widths }
    }
    return Array(natural.prefix(1))
  }

  /// How narrow which columns become, one stage after the other.
  private static let stages: [(least: Int, mayShrink: @Sendable (Column) -> Bool)] = [
    (10, { $0.isFlexible }), (8, { $0.isID }), (8, { $0.isFlexible }),
  ]

  private static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + 2 * (widths.count - 1) }

  /// Takes room from the widest column that may shrink until the table fits or none may shrink.
  private func shrink(_ widths: inout [Int], to width: Int, _ least: Int, _ mayShrink: (Column) -> Bool) {
    while Self.total(widths) > width {
      let candidates = widths.indices.filter { mayShrink(columns[$0]) && widths[$0] > least }
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
