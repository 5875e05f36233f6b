import Base
import Testing

@testable import Commands

struct OutputTests {
  @Test(
    arguments: [
      (0, "0 ns"), (999, "999 ns"), (1_500, "1.5 µs"), (85_000_000, "85 ms"), (123_456_789, "123 ms"),
      (1_520_000_000, "1.52 s"), (59_990_000_000, "60 s"), (150_000_000_000, "2 min 30 s"),
      (7_260_000_000_000, "2 h 1 min"),
    ] as [(Int64, String)])
  func `durations have three digits`(nanoseconds: Int64, text: String) {
    #expect(NumberText.duration(nanoseconds) == text)
  }

  @Test(
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (.max, "9,223,372,036,854,775,807"),
    ] as [(Int64, String)])
  func `counts have their thousands apart`(value: Int64, text: String) { #expect(NumberText.count(value) == text) }

  @Test(
    arguments: [
      (0, "1970-01-01 00:00:00.000"), (1_795_248_000_123_999_999, "2026-11-21 08:00:00.123"),
      (-1, "1969-12-31 23:59:59.999"),
    ] as [(Int64, String)])
  func `times have milliseconds`(time: Int64, text: String) {
    #expect(NumberText.time(UnixNanoseconds(time)) == text)
  }

  @Test(arguments: [
    ("a\nb", "a ⏎ b"), ("a\tb", "a b"), ("\u{1b}[31m", "\\e[31m"), ("a\r\n", "a\\r ⏎ "), ("\u{7}", "\\u{7}"),
    ("\u{202e}", "\\u{202e}"), ("예측", "예측"),
  ])
  func `control characters are shown and never written`(text: String, visible: String) {
    #expect(TextWidth.visible(text) == visible)
  }

  @Test(arguments: [("abc", 3), ("예측", 4), ("日本", 4), ("e\u{301}", 1), ("🚀", 2), ("", 0), ("…", 1)])
  func `East Asian characters take two columns`(text: String, width: Int) { #expect(TextWidth.of(text) == width) }

  @Test(arguments: [
    ("abcdef", 4, "abc…"), ("예측값", 5, "예측…"), ("예측값", 4, "예…"), ("abc", 3, "abc"), ("abc", 1, "…"), ("abc", 0, ""),
  ])
  func `a text is cut between characters`(text: String, width: Int, cut: String) {
    #expect(TextWidth.cut(text, to: width) == cut)
  }

  @Test func `a table shrinks its flexible columns only`() {
    var table = Table([.init(title: "ID"), .init(title: "NAME", isFlexible: true), .init(title: "N", isNumber: true)])
    table.append(["0123456789", String(repeating: "x", count: 50), "7"])
    let lines = table.lines(width: 40, style: Style(isOn: false))
    #expect(
      lines == ["ID          NAME                       N", "0123456789  \(String(repeating: "x", count: 24))…  7"])
  }

  @Test(
    arguments: [
      (nil, ["N  SAME  NAME  ALSO", "1  x     one   y", "2  x     two   y"]),
      (19, ["N  SAME  NAME  ALSO", "1  x     one   y", "2  x     two   y"]),
      (18, ["N  SAME  NAME  …", "1  x     one", "2  x     two"]), (12, ["N  NAME  …", "1  one", "2  two"]),
    ] as [(Int?, [String])])
  func `columns that say the same in all rows go first`(width: Int?, lines: [String]) {
    var table = Table([
      .init(title: "N", isNumber: true), .init(title: "SAME", isFlexible: true, mayGo: true),
      .init(title: "NAME", isFlexible: true, mayGo: true), .init(title: "ALSO", isFlexible: true, mayGo: true),
    ])
    table.append(["1", "x", "one", "y"])
    table.append(["2", "x", "two", "y"])
    #expect(table.lines(width: width, style: Style(isOn: false)) == lines)
  }

  @Test func `a help is as wide as the terminal allows`() {
    let command = CommandDefinition(
      path: ["x"], summary: "Show.", discussion: String(repeating: "word ", count: 60),
      options: [OptionDefinition(name: "--long", value: "VALUE", meaning: String(repeating: "text ", count: 60))],
      run: { _, _ in .success })
    func longest(_ columnCount: Int?) -> Int {
      HelpText.command(command, columnCount: columnCount).split(separator: "\n").map(\.count).max() ?? 0
    }
    #expect((96...100).contains(longest(nil)))
    #expect(longest(200) == longest(nil))
    #expect((76...80).contains(longest(80)))
    #expect((56...60).contains(longest(20)))
  }

  private static var wide: Table {
    var table = Table([
      .init(title: "START"), .init(title: "TRACE", isID: true), .init(title: "NAME", isFlexible: true),
      .init(title: "TIME", isNumber: true), .init(title: "TOKENS", isNumber: true),
    ])
    table.append(["2026-11-21", "4bf92f3577b34da6a3ce929d0e0e4736", "a name of twenty chars", "85 ms", "1,512→128"])
    return table
  }

  @Test(
    arguments: [
      (nil, "2026-11-21  4bf92f3577b34da6a3ce929d0e0e4736  a name of twenty chars  85 ms  1,512→128"),
      (86, "2026-11-21  4bf92f3577b34da6a3ce929d0e0e4736  a name of twenty chars  85 ms  1,512→128"),
      (74, "2026-11-21  4bf92f3577b34da6a3ce929d0e0e4736  a name of…  85 ms  1,512→128"),
      (73, "2026-11-21  4bf92f3577b34da6a3ce929d0e0e473  a name of…  85 ms  1,512→128"),
      (50, "2026-11-21  4bf92f35  a name of…  85 ms  1,512→128"),
      (48, "2026-11-21  4bf92f35  a name …  85 ms  1,512→128"),
      (47, "2026-11-21  4bf92f3577b34da  a name of…  85 ms"), (38, "2026-11-21  4bf92f35  a name …  85 ms"),
      (31, "2026-11-21  4bf92f35  a name …"), (25, "2026-11-21  4bf92f3577b3"), (5, "2026-11-21"),
    ] as [(Int?, String)])
  func `a table fits a terminal and has no part of a number`(width: Int?, row: String) {
    let lines = Self.wide.lines(width: width, style: Style(isOn: false))
    #expect(lines[1] == row)
    #expect(lines[0].hasSuffix("…") == !row.hasSuffix("128"), "\(lines[0])")
    if let width, width > 10 { #expect(lines.allSatisfy { TextWidth.of($0) <= width }, "\(lines)") }
  }

  @Test(
    arguments: [
      ([], 5, ""), ([1], 5, "▁"), ([1, 1], 5, "▁▁"), ([0, 10], 5, "▁█"), ([0, 0, 10, 10, 0, 0], 3, "▁█▁"),
      ([-.infinity, 0, 1, .nan], 5, "▁█"),
    ] as [([Double], Int, String)])
  func `a graph has a bar for each value, or for neighbours together`(values: [Double], width: Int, bars: String) {
    #expect(Graph.bars(values, width: width) == bars)
  }

  @Test(
    arguments: [
      (0, "0"), (1500, "1,500"), (0.125, "0.125"), (1.0 / 3, "0.333333"), (1234.5678, "1,234.57"), (-2.5, "-2.5"),
      (1e18, "1e+18"), (.infinity, "inf"),
    ] as [(Double, String)])
  func `numbers have at most six digits`(value: Double, text: String) {
    #expect(NumberText.number(value).filter { $0 != "," } == text.filter { $0 != "," })
  }

  @Test(
    arguments: [
      (512, 128, "512→128"), (11_805, nil, "11,805"), (11_805, 0, "11,805"), (nil, 7, "→7"), (0, 7, "→7"), (0, 0, ""),
      (nil, nil, ""),
    ] as [(Int64?, Int64?, String)])
  func `unknown tokens are left out everywhere`(input: Int64?, output: Int64?, text: String) {
    #expect(NumberText.tokens(input: input, output: output) == text)
  }
}
