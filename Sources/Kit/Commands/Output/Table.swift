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
    /// Whether a narrow terminal may do without the column where all rows have the same text in it.
    let mayGo: Bool
    /// The colour of a cell, by its text.
    let color: (Style, String) -> String

    package init(
      title: String, isNumber: Bool = false, isFlexible: Bool = false, isID: Bool = false, mayGo: Bool = false,
      color: @escaping (Style, String) -> String = { _, text in text }
    ) {
      self.title = title
      self.isNumber = isNumber
      self.isFlexible = isFlexible
      self.isID = isID
      self.mayGo = mayGo
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
  /// Where they do not fit, columns go first that may and have the same text in all rows, the last one before the others.
  /// Then texts are cut, then ids, then the last columns are left out. An ellipsis at the end of the head says that columns
  /// are missing. A number or a time is whole or not there.
  /// - Parameter width: the columns of the terminal; nil to cut nothing.
  package func lines(width: Int?, style: Style) -> [String] {
    let shown = fitting(width ?? .max)
    var head = trimmed(shown.map { cell(columns[$0.index].title, $0) }.joined(separator: "  "))
    if shown.count < columns.count { head += TextWidth.of(head) + 3 <= width ?? .max ? "  …" : "…" }
    let body = rows.map { row in
      trimmed(shown.map { columns[$0.index].color(style, cell(row[$0.index], $0)) }.joined(separator: "  "))
    }
    return [style.dim(head)] + body
  }

  /// A column that is shown, and in which width.
  private struct Place {
    let index: Int
    var width: Int
  }

  private func cell(_ text: String, _ place: Place) -> String {
    let column = columns[place.index]
    // Digits of an id can be copied if nothing else is among them.
    let text = column.isID ? String(text.prefix(place.width)) : TextWidth.cut(text, to: place.width)
    return column.isNumber ? TextWidth.padLeft(text, to: place.width) : TextWidth.pad(text, to: place.width)
  }

  /// The columns that fit; one is always among them.
  private func fitting(_ width: Int) -> [Place] {
    var places = columns.indices.map { index in
      Place(
        index: index,
        width: max(TextWidth.of(columns[index].title), rows.map { TextWidth.of($0[index]) }.max() ?? 0))
    }
    // The ellipsis after the head.
    func room(_ count: Int) -> Int { count == columns.count ? width : width - 1 }
    for index in columns.indices.reversed() where columns[index].mayGo && rows.count > 1 {
      if Self.total(places) <= room(places.count) { return places }
      let first = rows[0][index]
      if places.count > 1, rows.allSatisfy({ $0[index] == first }) { places.removeAll { $0.index == index } }
    }
    for count in (1...places.count).reversed() {
      var fitted = Array(places.prefix(count))
      for (least, mayShrink) in Self.stages { shrink(&fitted, to: room(count), least, mayShrink) }
      if Self.total(fitted) <= room(count) { return fitted }
    }
    return Array(places.prefix(1))
  }

  /// How narrow which columns become, one stage after the other.
  private static let stages: [(least: Int, mayShrink: @Sendable (Column) -> Bool)] = [
    (10, { $0.isFlexible }), (8, { $0.isID }), (8, { $0.isFlexible }),
  ]

  private static func total(_ places: [Place]) -> Int { places.reduce(0) { $0 + $1.width } + 2 * (places.count - 1) }

  /// Takes room from the widest column that may shrink until the table fits or none may shrink.
  private func shrink(_ places: inout [Place], to width: Int, _ least: Int, _ mayShrink: (Column) -> Bool) {
    while Self.total(places) > width {
      let candidates = places.indices.filter { mayShrink(columns[places[$0].index]) && places[$0].width > least }
      guard let widest = candidates.max(by: { places[$0].width < places[$1].width }) else { return }
      places[widest].width -= 1
    }
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.hasSuffix(" ") { line.removeLast() }
    return line
  }
}
