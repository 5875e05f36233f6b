import FoundationEssentials
import Testing

/// Goal: queries have the values, errors and annotations that they have in Prometheus 3.14.
///
/// Method: its own test files, run as its own runner does; each file has a least number of cases that have to pass.
@Suite("Prometheus' test files")
struct PrometheusScriptTests {
  @Test(
    "pass",
    .enabled(if: Corpus.isThere, "Prometheus' test files are not there: \(Corpus.folder)/promql"),
    arguments: [
      ("aggregators", 125), ("at_modifier", 78), ("collision", 2), ("duration_expression", 59),
      ("extended_vectors", 120),
      ("fill-modifier", 46), ("functions", 323), ("histograms", 93), ("info", 52), ("limit", 1), ("literals", 25),
      ("name_label_dropping", 30), ("operators", 142), ("range_queries", 16), ("selectors", 31), ("staleness", 17),
      ("subquery", 32), ("trig_functions", 19), ("type_and_unit", 58),
    ])
  func pass(name: String, passedCountMin: Int) throws {
    let text = try String(contentsOfFile: "\(Corpus.folder)/promql/\(name).test", encoding: .utf8)
    var runner = TestRunner()
    runner.run(try TestScript(text))
    print("\(name): \(runner.passedCount) passed, \(runner.failures.count) failed, \(runner.skippedCount) skipped")
    #expect(runner.passedCount >= passedCountMin, "\(runner.failures.joined(separator: "\n"))")
  }
}
