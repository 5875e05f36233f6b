import PromQL
import Series
import SeriesPatterns
import Synchronization
import Testing

/// Goal: what is read of the source is as little as the query needs.
///
/// Method: a source that notes the selections.
@Suite("Reads of an evaluation")
struct FetchTests {
  private final class Recorder: SeriesSource {
    let selections = Mutex<[SeriesSelection]>([])

    func samples(
      _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
      _ body: (SeriesSamples) throws(SeriesError) -> Void
    ) throws(SeriesError) { selections.withLock { $0.append(selection) } }

    func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] { [] }
  }

  /// A selection as text: matchers, bounds in seconds, and the hints.
  private static func text(_ selection: SeriesSelection) -> String {
    let hints = selection.hints
    let matchers = selection.matchers.map(\.description).sorted().joined(separator: ",")
    return "{\(matchers)} (\(selection.after / 1_000), \(selection.through / 1_000)] \(hints.function) step "
      + "\(hints.step / 1_000) window \(hints.window / 1_000) first \(hints.firstTime / 1_000)"
  }

  @Test(
    "name bounds and hints",
    arguments: [
      ("m", ["{__name__=\"m\"} (700, 2000]  step 60 window 300 first 1000"]),
      ("m offset 1m", ["{__name__=\"m\"} (640, 1940]  step 60 window 300 first 940"]),
      ("m @ 100", ["{__name__=\"m\"} (-200, 100]  step 0 window 300 first 100"]),
      ("rate(m[10m])", ["{__name__=\"m\"} (400, 2000] rate step 60 window 600 first 1000"]),
      ("rate(m[10m] offset -1m)", ["{__name__=\"m\"} (460, 2060] rate step 60 window 600 first 1060"]),
      ("rate(m[10m] anchored)", ["{__name__=\"m\"} (100, 2000]  step 0 window 0 first 0"]),
      ("rate(m[10m] smoothed)", ["{__name__=\"m\"} (100, 2300]  step 0 window 0 first 0"]),
      ("max_over_time(m[10m:30s])", ["{__name__=\"m\"} (120, 2000]  step 30 window 300 first 420"]),
      ("sum(m) / sum(m)", ["{__name__=\"m\"} (700, 2000]  step 60 window 300 first 1000"]),
      ("rate(m[5m]) / rate(m[10m])", ["{__name__=\"m\"} (400, 2000]  step 0 window 0 first 0"]),
      (
        "m + m @ 100",
        [
          "{__name__=\"m\"} (700, 2000]  step 60 window 300 first 1000",
          "{__name__=\"m\"} (-200, 100]  step 0 window 300 first 100",
        ]
      ),
      (
        "m + n",
        [
          "{__name__=\"m\"} (700, 2000]  step 60 window 300 first 1000",
          "{__name__=\"n\"} (700, 2000]  step 60 window 300 first 1000",
        ]
      ),
    ])
  func selections(query: String, expected: [String]) throws {
    let source = Recorder()
    let engine = PromQLEngine(compiler: SeriesPatternCompiler())
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse(query)
    _ = try engine.range(expression, from: 1_000_000, through: 2_000_000, step: 60_000, over: source)
    #expect(source.selections.withLock { $0.map(Self.text) } == expected)
  }

  @Test("a range that stands alone needs every sample")
  func range() throws {
    let source = Recorder()
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse("m[2h]")
    _ = try PromQLEngine(compiler: SeriesPatternCompiler()).instant(expression, at: 7_200_000, over: source)
    #expect(
      source.selections.withLock { $0.map(Self.text) }
        == ["{__name__=\"m\"} (0, 7200]  step 0 window 0 first 0"])
  }
}
