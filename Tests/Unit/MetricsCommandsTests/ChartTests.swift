import CommandTestSupport
import Commands
import TestSupport
import Testing

@testable import MetricsCommands

/// Goal: charts show the values of series where they belong, within the size they are given.
///
/// Method: snapshots of whole charts; the axes as tables.
@Suite struct ChartTests {
  private static let now: Int64 = 1_795_248_000_000

  private static func range(_ minutes: Int64) -> QueryRange {
    QueryRange(start: now - minutes * 60_000, end: now, step: minutes * 1_000)
  }

  /// Sixty-one points of a function, without those at which it is nil.
  private static func line(
    _ name: String, _ range: QueryRange, _ value: (Double) -> Double?
  ) -> Chart.Line {
    Chart.Line(
      name: name,
      points: (0...60).compactMap { index in
        value(Double(index)).map { Chart.Point(time: range.start + Int64(index) * range.step, value: $0) }
      })
  }

  private static func zigzag(_ index: Double) -> Double {
    let rest = index.truncatingRemainder(dividingBy: 20)
    return rest < 10 ? rest : 20 - rest
  }

  private static func chart(_ lines: [Chart.Line], minutes: Int64 = 60, unit: ValueUnit = .number) -> Chart {
    Chart(lines: lines, range: range(minutes), unit: unit)
  }

  private static let three = chart([
    line(#"requests{job="a"}"#, range(60)) { zigzag($0) * 150 }, line(#"requests{job="b"}"#, range(60)) { $0 * 20 },
    line(#"requests{job="c"}"#, range(60)) { (20...40).contains($0) ? nil : 700 },
  ])

  private static let cases: [(name: String, chart: Chart, size: ChartSize, colors: Bool)] = [
    ("one", chart([line("up", range(60), zigzag)]), ChartSize(width: 80, height: 16), false),
    (
      "gap", chart([line("x", range(60)) { $0 == 30 || !(20...40).contains($0) ? $0 : nil }]),
      ChartSize(width: 60, height: 12), false
    ),
    (
      "not-numbers",
      chart([line("x", range(60)) { $0 < 10 ? .infinity : $0 > 50 ? .nan : -$0 / 100 }]),
      ChartSize(width: 60, height: 12), false
    ),
    ("letters", three, ChartSize(width: 80, height: 20), false),
    ("colors", three, ChartSize(width: 80, height: 20), true),
    ("small", three, ChartSize(width: 40, height: 8), false),
    ("level", chart([line("x", range(2_880)) { _ in 5 }], minutes: 2_880), ChartSize(width: 60, height: 10), false),
    (
      "bytes", chart([line("memory", range(10)) { ($0 + 30) * 0x1p24 }], minutes: 10, unit: .bytes),
      ChartSize(width: 70, height: 14), false
    ),
    (
      "seconds", chart([line("duration", range(43_200)) { zigzag($0) / 40 }], minutes: 43_200, unit: .seconds),
      ChartSize(width: 70, height: 14), false
    ),
  ]

  @Test(arguments: cases.indices) func `charts are drawn`(index: Int) throws {
    let (name, chart, size, colors) = Self.cases[index]
    let text = chart.text(size, style: Style(isOn: colors), colors: colors)
    try Snapshot.expect(text.map { $0 + "\n" }.joined(), named: "\(name).txt")
  }

  @Test(arguments: [(40, 8), (41, 9), (80, 20), (500, 200)], [1, 3, 30])
  func `charts fit their size`(size: (Int, Int), lineCount: Int) {
    let lines = (0..<lineCount).map { number in
      Self.line(String(repeating: "long", count: 200), Self.range(60)) { $0 * Double(number + 1) * 1e5 }
    }
    let text = Self.chart(lines).text(
      ChartSize(width: size.0, height: size.1), style: Style(isOn: false), colors: false)
    #expect(text.count <= size.1)
    #expect(text.allSatisfy { TextWidth.of($0) <= size.0 }, "\(text.map(TextWidth.of).max() ?? 0)")
    #expect(text.contains { $0.contains("UTC") })
  }

  @Test func `a chart without a number is empty`() {
    #expect(
      Self.chart([Self.line("x", Self.range(60)) { _ in .nan }]).text(
        ChartSize(width: 80, height: 20), style: Style(isOn: false), colors: false
      ).isEmpty)
  }

  @Test(
    arguments: [
      (0, 10, ValueUnit.number, ["0", "5", "10"]), (0, 1, .number, ["0.0", "0.5", "1.0"]),
      (0.0002, 0.0009, .number, ["200µ", "400µ", "600µ", "800µ", "1000µ"]),
      (-3, 1, .number, ["-3", "-2", "-1", "0", "1"]),
      (0, 2_500, .number, ["0k", "1k", "2k", "3k"]), (3, 3, .number, ["2.6", "2.8", "3.0", "3.2", "3.4"]),
      (0, 0, .number, ["-1.0", "-0.5", "0.0", "0.5", "1.0"]), (0, 3e21, .number, ["0e21", "1e21", "2e21", "3e21"]),
      (0, 1_536, .bytes, ["0.0 KiB", "0.5 KiB", "1.0 KiB", "1.5 KiB"]),
      (0, 90, .seconds, ["0.0 min", "0.5 min", "1.0 min", "1.5 min"]),
      (0.01, 0.03, .seconds, ["10 ms", "15 ms", "20 ms", "25 ms", "30 ms"]),
    ] as [(Double, Double, ValueUnit, [String])])
  func `values have round numbers`(least: Double, greatest: Double, unit: ValueUnit, labels: [String]) {
    let scale = ValueScale(least: least, greatest: greatest, unit: unit, tickCountMax: 5)
    #expect(scale.ticks.map(\.label) == labels)
    #expect(scale.low <= least)
    #expect(scale.high >= greatest)
  }

  @Test(
    arguments: [
      (-1.7e308, 1.7e308), (0, .leastNonzeroMagnitude), (1e16, 1e16 + 2), (1, 1 + 1e-15), (-1e-300, 1e-300),
      (1e300, 1e300),
    ] as [(Double, Double)])
  func `any numbers have a scale`(least: Double, greatest: Double) {
    let scale = ValueScale(least: least, greatest: greatest, unit: .number, tickCountMax: 5)
    #expect((2...7).contains(scale.ticks.count))
    #expect(scale.low < scale.high)
    #expect((scale.high - scale.low).isFinite)
  }

  @Test(
    arguments: [
      (1, ["07:59:00", "07:59:10", "07:59:20", "07:59:30", "07:59:40", "07:59:50", "08:00:00"]),
      (60, ["07:00", "07:10", "07:20", "07:30", "07:40", "07:50", "08:00"]),
      (2_880, ["11-19 12:00", "11-20 00:00", "11-20 12:00", "11-21 00:00"]),
      (20_160, ["11-09", "11-11", "11-13", "11-15", "11-17", "11-19", "11-21"]),
    ] as [(Int64, [String])])
  func `times have round marks`(minutes: Int64, labels: [String]) {
    #expect(TimeScale(start: Self.now - minutes * 60_000, end: Self.now, width: 60).ticks.map(\.label) == labels)
  }

  private struct SizeCase: Sendable {
    var environment: [String: String] = [:]
    var columnCount: Int?
    var words: [String] = []
    let width: Int
    let height: Int
  }

  private static let sizes = [
    SizeCase(width: 80, height: 20),
    SizeCase(environment: ["COLUMNS": "100", "LINES": "15"], columnCount: 70, width: 100, height: 14),
    SizeCase(columnCount: 70, width: 70, height: 20),
    SizeCase(environment: ["COLUMNS": "5", "LINES": "5"], width: 40, height: 8),
    SizeCase(environment: ["COLUMNS": "x", "LINES": "99"], width: 80, height: 20),
    SizeCase(
      environment: ["COLUMNS": "100"], columnCount: 70, words: ["--width", "60", "--height", "30"], width: 60,
      height: 30),
  ]

  @Test(arguments: sizes.indices) func `the size is that of options, environment or terminal`(index: Int) {
    let size = Self.sizes[index]
    let world = CommandWorld(MetricsCommands.all)
    world.environment = size.environment
    world.columnCount = size.columnCount
    let points = (0...240).map { #"[\#(1_795_244_400 + $0 * 15),"\#($0)"]"# }.joined(separator: ",")
    world.answers["/api/v1/query_range?query=x&start=1795244400&end=1795248000&step=15"] = (
      200, #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[\#(points)]}]}}"#
    )
    #expect(world.run(["query", "x", "--chart"] + size.words) == .success, "\(world.errors)")
    let lines = world.output.split(separator: "\n")
    #expect(lines.count == size.height)
    #expect(lines.map { TextWidth.of(String($0)) }.max() == size.width)
    #expect(!world.output.contains("\u{1b}"))
  }
}
