import Commands

/// The spans of a trace as a tree, each beside a bar that shows when it ran.
struct TraceTree {
  /// One line: a span, and where it stands in the tree.
  private struct Row {
    let span: SpanView
    /// The row of its parent; nil for one that has none here.
    let parent: Int?
    let depth: Int
    let isLast: Bool
    let isOrphan: Bool
  }

  private let rows: [Row]
  private let start: Int64
  private let duration: Int64

  init(_ spans: [SpanView]) {
    start = spans.map(\.start).min() ?? 0
    let end = spans.map { $0.start &+ $0.duration }.max() ?? 0
    duration = max(1, end &- start)
    rows = Self.rows(spans)
  }

  /// The lines, cut to a width; nil to cut nothing.
  func lines(width: Int?, style: Style) -> [String] {
    let limit = width ?? Int.max
    let barWidth = max(10, min(40, (width ?? 120) / 3))
    let nameWidthMax = width.map { max(16, $0 * 2 / 5) } ?? 60
    let prefixes = prefixes(width: nameWidthMax)
    let names = rows.indices.map { prefixes[$0] + mark(rows[$0]) + rows[$0].span.name }
    let nameWidth = min(names.map(TextWidth.of).max() ?? 0, nameWidthMax)
    let serviceWidth = min(rows.map { TextWidth.of($0.span.service) }.max() ?? 0, 16)
    let durations = rows.map { NumberText.duration($0.span.duration) }
    let durationWidth = durations.map(TextWidth.of).max() ?? 0
    return rows.indices.map { index in
      let span = rows[index].span
      let name = TextWidth.pad(TextWidth.cut(names[index], to: nameWidth), to: nameWidth)
      let service = TextWidth.pad(TextWidth.cut(span.service, to: serviceWidth), to: serviceWidth)
      let bar = bar(span, barWidth)
      let time = TextWidth.padLeft(durations[index], to: durationWidth)
      var line = "\(span.isError ? style.red(name) : name)  \(style.dim(service))  "
      line += "\(bar.before)\(span.isError ? style.red(bar.bar) : style.cyan(bar.bar))\(bar.after)  \(time)"
      var room = limit - nameWidth - serviceWidth - barWidth - durationWidth - 6
      for part in span.details(style) {
        let needed = TextWidth.of(part.plain) + 2
        if needed <= room {
          line += "  " + part.styled
          room -= needed
        } else if room > 8 {
          line += "  " + TextWidth.cut(part.plain, to: room - 2)
          room = 0
        }
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }
  }

  /// What stands before each name.
  ///
  /// Lines are drawn as deep as leaves room for a part of the name; deeper spans have the number of their level
  /// instead, so that a line does not grow with the depth.
  private func prefixes(width: Int) -> [String] {
    let depthMax = max(2, (width - 14) / 3)
    var prefixes: [String] = []
    // What stands before the children of each row.
    var childPrefixes: [String] = []
    for row in rows {
      let branch = row.isLast ? "└─ " : "├─ "
      guard let parent = row.parent else {
        prefixes.append("")
        childPrefixes.append("")
        continue
      }
      if row.depth > depthMax {
        prefixes.append("⋯\(NumberText.count(Int64(row.depth))) " + branch)
        childPrefixes.append("")
      } else {
        prefixes.append(childPrefixes[parent] + branch)
        childPrefixes.append(childPrefixes[parent] + (row.isLast ? "   " : "│  "))
      }
    }
    return prefixes
  }

  private func mark(_ row: Row) -> String {
    (row.isOrphan ? "┄ " : "") + (row.span.isError ? "✗ " : "")
  }

  private func bar(_ span: SpanView, _ width: Int) -> (before: String, bar: String, after: String) {
    let scale = Double(width) / Double(duration)
    let first = min(width - 1, max(0, Int(Double(span.start &- start) * scale)))
    let last = min(width, max(first + 1, Int((Double(span.start &- start &+ span.duration) * scale).rounded())))
    func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
    return (spaces(first), String(repeating: "━", count: last - first), spaces(width - last))
  }

  /// The spans from the roots down, children by start.
  ///
  /// A span whose parent is not there counts as a root, and one of several spans that are each other's parents as well,
  /// so that every span has one line.
  private static func rows(_ spans: [SpanView]) -> [Row] {
    let indices = Dictionary(spans.indices.map { (spans[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
    var children: [Int: [Int]] = [:]
    var roots: [Int] = []
    for index in spans.indices {
      if let parent = spans[index].parentID, let parentIndex = indices[parent], parentIndex != index {
        children[parentIndex, default: []].append(index)
      } else {
        roots.append(index)
      }
    }
    var rows: [Row] = []
    var isShown = [Bool](repeating: false, count: spans.count)
    func byStart(_ indices: [Int]) -> [Int] {
      indices.sorted { (spans[$0].start, spans[$0].id) < (spans[$1].start, spans[$1].id) }
    }
    func show(_ root: Int) {
      // Children in reverse, so that the first is on top. A stack, since a trace may be deeper than a thread's.
      var stack = [(index: root, parent: Int?.none, depth: 0, isLast: true)]
      while let (index, parent, depth, isLast) = stack.popLast() {
        if isShown[index] { continue }
        isShown[index] = true
        let isOrphan = index == root && spans[index].parentID != nil
        rows.append(Row(span: spans[index], parent: parent, depth: depth, isLast: isLast, isOrphan: isOrphan))
        let row = rows.count - 1
        for (position, child) in byStart(children[index] ?? []).reversed().enumerated() {
          stack.append((child, row, depth + 1, position == 0))
        }
      }
    }
    for root in byStart(roots) { show(root) }
    for index in byStart(Array(spans.indices)) where !isShown[index] { show(index) }
    return rows
  }
}
