import Commands

/// Series over time, drawn in a terminal: lines between axes, and a legend.
struct Chart {
  struct Line {
    let name: String
    /// In the order of their times.
    let points: [Point]
  }

  struct Point {
    /// In milliseconds since 1970.
    let time: Int64
    let value: Double
  }

  let lines: [Line]
  let range: QueryRange
  let unit: ValueUnit

  private static let letters = Array("abcdefghijklmnopqrstuvwxyz").map(String.init)
  private static let paints: [@Sendable (Style, String) -> String] = [
    { $0.green($1) }, { $0.yellow($1) }, { $0.cyan($1) }, { $0.magenta($1) }, { $0.red($1) }, { $0.blue($1) },
  ]

  /// The lines of text; none where no value is a finite number.
  ///
  /// One series, and several that colours tell apart, are drawn in braille; others as a letter each.
  func text(_ size: ChartSize, style: Style, colors: Bool) -> [String] {
    let legendHeight = min(lines.count, max(1, size.height / 3))
    let shownCount = min(
      lines.count > legendHeight ? max(1, legendHeight - 1) : legendHeight, Self.letters.count)
    let shown = lines.prefix(shownCount)
    let values = shown.flatMap { $0.points.map(\.value).filter(\.isFinite) }
    guard let least = values.min(), let greatest = values.max() else { return [] }
    let height = size.height - legendHeight - 2
    let scale = ValueScale(least: least, greatest: greatest, unit: unit, tickCountMax: max(2, height / 3))
    let gutter = max(3, scale.ticks.map { TextWidth.of($0.label) }.max() ?? 0)
    let isBraille = shownCount == 1 || (colors && shownCount <= Self.paints.count)
    var canvas = Canvas(width: max(10, size.width - gutter - 2), height: height, isBraille: isBraille)
    for (index, line) in shown.enumerated() { draw(line, number: index, scale, on: &canvas) }
    func mark(_ line: Int, _ braille: String) -> String {
      let paint = Self.paints[line % Self.paints.count]
      return paint(style, isBraille ? braille : Self.letters[line])
    }
    return plot(canvas, scale, gutter: gutter, style, mark) + timeAxis(canvas.width, gutter: gutter, style)
      + legend(shown, size, mark: { isBraille ? mark($0, "⣿") : mark($0, "") })
  }

  /// Draws in the size that the command line asks for, or says that there is nothing to draw.
  func print(_ arguments: ParsedArguments, _ context: CommandContext) {
    let lines = text(ChartSize(arguments, context), style: Style(isOn: context.colors), colors: context.colors)
    guard !lines.isEmpty else {
      context.writeError("There is nothing to draw: no value is a finite number.\n")
      return
    }
    for line in lines { context.print(line) }
  }

  private func draw(_ line: Line, number: Int, _ scale: ValueScale, on canvas: inout Canvas) {
    var previous: (time: Int64, place: (column: Int, row: Int))?
    for point in line.points {
      guard point.value.isFinite else {
        previous = nil
        continue
      }
      let place = (
        column: Self.place(point.time, range, of: canvas.dotColumns),
        row: Self.row(point.value, scale, of: canvas.dotRows)
      )
      // A step without a value is a gap.
      if let previous, point.time - previous.time <= range.step {
        canvas.stroke(from: previous.place, to: place, line: number)
      } else {
        canvas.dot(place.column, place.row, line: number)
      }
      previous = (point.time, place)
    }
  }

  private static func place(_ time: Int64, _ range: QueryRange, of count: Int) -> Int {
    Int((Double(time - range.start) / Double(range.end - range.start) * Double(count - 1)).rounded())
  }

  private static func row(_ value: Double, _ scale: ValueScale, of count: Int) -> Int {
    let share = (scale.high - min(max(value, scale.low), scale.high)) / (scale.high - scale.low)
    return Int((share * Double(count - 1)).rounded())
  }

  private func plot(
    _ canvas: Canvas, _ scale: ValueScale, gutter: Int, _ style: Style, _ mark: (Int, String) -> String
  ) -> [String] {
    var labels: [Int: String] = [:]
    for tick in scale.ticks { labels[Self.row(tick.value, scale, of: canvas.height)] = tick.label }
    return (0..<canvas.height).map { row in
      let label = TextWidth.padLeft(labels[row] ?? "", to: gutter)
      return style.dim(label + (labels[row] == nil ? " │" : " ┤")) + canvas.text(row: row, mark: mark)
    }
  }

  private func timeAxis(_ width: Int, gutter: Int, _ style: Style) -> [String] {
    var line = Array(repeating: "─", count: width)
    var labels = ""
    for tick in TimeScale(start: range.start, end: range.end, width: width).ticks {
      let column = Self.place(tick.time, range, of: width)
      // Labels begin under their mark; the last one goes as far to the left as it must.
      let place = min(column, width - tick.label.count)
      guard place > labels.count || (labels.isEmpty && place >= 0) else { continue }
      line[column] = "┬"
      labels += String(repeating: " ", count: place - labels.count) + tick.label
    }
    let margin = TextWidth.padLeft("UTC", to: gutter)
    return [
      style.dim(String(repeating: " ", count: gutter) + " └" + line.joined()), style.dim(margin + "  " + labels),
    ]
  }

  private func legend(_ shown: ArraySlice<Line>, _ size: ChartSize, mark: (Int) -> String) -> [String] {
    let names = shown.enumerated().map { index, line in
      mark(index) + " " + TextWidth.cut(TextWidth.visible(line.name), to: size.width - 2)
    }
    let rest = lines.count - shown.count
    return names + (rest > 0 ? ["… and \(rest) more series; see topk()"] : [])
  }
}
