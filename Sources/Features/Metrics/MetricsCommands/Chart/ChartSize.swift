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

  /// The options of commands that draw.
  static let options = [
    OptionDefinition(name: "--chart", meaning: "Draw the range. Without one, the last hour."),
    OptionDefinition(
      name: "--unit", value: "UNIT", meaning: "What the values of a chart are. Default: number.",
      choices: ValueUnit.allCases.map(\.rawValue)),
    OptionDefinition(
      name: "--width", value: "COLUMNS",
      meaning: "The width of a chart, 40 to 500. Default: COLUMNS, else the terminal's, else 80.",
      check: { ChartSize.width($0) == nil ? "a number from 40 to 500" : nil }),
    OptionDefinition(
      name: "--height", value: "LINES",
      meaning: "The height of a chart with its legend, 8 to 200. Default: 20, or less where LINES says so.",
      check: { ChartSize.height($0) == nil ? "a number from 8 to 200" : nil }),
  ]

  /// Refuses options that do not go together.
  static func check(_ arguments: ParsedArguments) throws(CommandFailure) {
    if !arguments.has("--chart"), let option = ["--unit", "--width", "--height"].first(where: arguments.has) {
      throw CommandFailure(.usage, "\(option) is for charts; add --chart.")
    }
    if arguments.has("--chart"), arguments.has("--json") {
      throw CommandFailure(.usage, "Give --chart or --json, not both.")
    }
  }

  private static let heightDefault = 20

  static func width(_ text: String) -> Int? { Int(text).flatMap { (40...500).contains($0) ? $0 : nil } }
  static func height(_ text: String) -> Int? { Int(text).flatMap { (8...200).contains($0) ? $0 : nil } }

  private static func bounded(_ value: Int, _ range: ClosedRange<Int>) -> Int {
    min(max(value, range.lowerBound), range.upperBound)
  }
}
