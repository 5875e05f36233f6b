import Commands

/// The columns and lines of a chart with its axes and legend.
struct ChartSize {
  let width: Int
  let height: Int

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// By the options, else by the environment, else by the terminal.
  init(_ arguments: ParsedArguments, _ context: CommandContext) {
    width =
      arguments["--width"].flatMap(Self.width)
      ?? Self.bounded(context.environment["COLUMNS"].flatMap { Int($0) } ?? context.columnCount ?? 80, 40...500)
    // A line is left for the prompt.
    let rowCount = context.environment["LINES"].flatMap { Int($0) }.map { $0 - 1 } ?? Self.heightDefault
    height =
      arguments["--height"].flatMap(Self.height) ?? Self.bounded(min(Self.heightDefault, rowCount), 8...200)
  }

  private static let heightDefault = 20

  static func width(_ text: String) -> Int? { Int(text).flatMap { (40...500).contains($0) ? $0 : nil } }
  static func height(_ text: String) -> Int? { Int(text).flatMap { (8...200).contains($0) ? $0 : nil } }

  private static func bounded(_ value: Int, _ range: ClosedRange<Int>) -> Int {
    min(max(value, range.lowerBound), range.upperBound)
  }
}
