import Base
import MetricsIndex
import Series
import Testing

@Suite("Index of series")
struct SeriesIndexTests {
  private let index = SeriesIndex()
  private let tenant = TenantID(7)

  /// `.+` and `a|b` only.
  private struct Compiler: TextPatternCompiler {
    struct Pattern: TextPattern {
      let alternatives: [String]?
      func matches(_ text: String) -> Bool { alternatives?.contains(text) ?? !text.isEmpty }
      func expand(_ template: String, matching text: String) -> String? { nil }
    }

    func compile(_ expression: String) throws(TextPatternError) -> any TextPattern {
      Pattern(alternatives: expression == ".+" ? nil : expression.split(separator: "|").map(String.init))
    }
  }

  private func insert(_ id: UInt64, _ labels: [(String, String)], day: UInt32 = 100, tenant: TenantID? = nil) {
    index.insert(id, of: tenant ?? self.tenant, metric: 1, day: day) { LabelSet(labels.map { Label($0.0, $0.1) }) }
  }

  private func fill() {
    insert(1, [("__name__", "up"), ("job", "a"), ("instance", "x")])
    insert(2, [("__name__", "up"), ("job", "b"), ("instance", "y")])
    insert(3, [("__name__", "up"), ("job", "a")], day: 90)
    insert(4, [("__name__", "down"), ("job", "a")])
    insert(5, [("__name__", "up"), ("job", "a")], tenant: TenantID(8))
  }

  private func find(
    _ matchers: [(String, LabelMatcher.Operation, String)], days: ClosedRange<UInt32> = 0...200, countMax: Int = 100
  ) throws -> [UInt64] {
    let matchers = try matchers.map { try LabelMatcher($0.0, $0.1, $0.2, compiler: Compiler()) }
    return try index.series(of: tenant, matching: matchers, days: days, countMax: countMax).map(\.id).sorted()
  }

  @Test(
    "finds series by matchers",
    arguments: [
      ([("__name__", .equal, "up")], [1, 2, 3]),
      ([("__name__", .equal, "up"), ("job", .equal, "a")], [1, 3]),
      ([("job", .notEqual, "a")], [2]),
      ([("instance", .equal, "")], [3, 4]),
      ([("instance", .notEqual, "")], [1, 2]),
      ([("instance", .matches, ".+")], [1, 2]),
      ([("instance", .doesNotMatch, ".+")], [3, 4]),
      ([("job", .matches, "b|c")], [2]),
      ([("job", .doesNotMatch, "b|c")], [1, 3, 4]),
      ([("nothing", .equal, "x")], []),
      ([("nothing", .equal, "")], [1, 2, 3, 4]),
      ([("nothing", .matches, ".+")], []),
      ([], [1, 2, 3, 4]),
    ] as [([(String, LabelMatcher.Operation, String)], [UInt64])])
  func matching(matchers: [(String, LabelMatcher.Operation, String)], ids: [UInt64]) throws {
    fill()
    #expect(try find(matchers) == ids)
  }

  @Test("finds series of the days only, and a series that came back on all days between")
  func days() throws {
    fill()
    #expect(try find([("job", .equal, "a")], days: 91...99) == [])
    #expect(try find([("job", .equal, "a")], days: 80...90) == [3])
    insert(3, [], day: 100)
    #expect(try find([("job", .equal, "a")], days: 91...99) == [3])
    #expect(index.isKnown(3, of: tenant, day: 100))
    #expect(index.isKnown(3, of: tenant, day: 90))
    #expect(!index.isKnown(3, of: tenant, day: 95))
    #expect(!index.isKnown(1, of: TenantID(8), day: 100))
  }

  @Test("refuses more series than are wanted, and names the selector")
  func limit() {
    fill()
    #expect {
      try find([("__name__", .equal, "up")], countMax: 2)
    } throws: { error in
      guard case .limitExceeded(let text) = error as? SeriesError else { return false }
      return text.contains("{__name__=\"up\"} finds 3 series, and a query may read 2")
    }
  }

  @Test("knows names, values and how many there are")
  func names() throws {
    fill()
    let up = [[LabelMatcher("__name__", equals: "down")]]
    #expect(index.labelNames(of: tenant, matching: [], days: 0...200) == ["__name__", "instance", "job"])
    #expect(index.labelNames(of: tenant, matching: up, days: 0...200) == ["__name__", "job"])
    #expect(index.labelValues("job", of: tenant, matching: [], days: 0...200) == ["a", "b"])
    #expect(index.labelValues("job", of: tenant, matching: up, days: 0...200) == ["a"])
    #expect(index.cardinalities(of: tenant, limit: 1).map(\.name) == ["__name__"])
    #expect(index.cardinalities(of: tenant, limit: 9).map(\.valueCount) == [2, 2, 2])
  }

  @Test("counts the series of each day, whichever day came first")
  func counts() {
    fill()
    #expect([90, 95, 100, 101].map { index.activeCount(of: tenant, day: $0) } == [1, 0, 3, 0])
    insert(6, [("__name__", "late")], day: 90)
    insert(6, [("__name__", "late")], day: 90)
    insert(1, [], day: 101)
    insert(3, [], day: 101)
    insert(4, [], day: 90)
    #expect([90, 95, 100, 101].map { index.activeCount(of: tenant, day: $0) } == [3, 0, 3, 2])
    index.trim(before: 100, countMax: 100)
    #expect([100, 101].map { index.activeCount(of: tenant, day: $0) } == [3, 2])
    #expect(index.activeCount(of: TenantID(8), day: 100) == 1)
    #expect(index.activeCount(of: TenantID(9), day: 100) == 0)
  }

  @Test("forgets the oldest series of a tenant with too many, but none of its latest day")
  func tooMany() throws {
    fill()
    insert(6, [("__name__", "up"), ("job", "c")], day: 80)
    index.trim(before: 0, countMax: 4)
    #expect(try find([]) == [1, 2, 3, 4])
    index.trim(before: 0, countMax: 1)
    #expect(try find([]) == [1, 2, 4])
    #expect(index.seriesCount == 4)
  }

  @Test("counts the series of a metric on some days")
  func countOfMetric() {
    fill()
    #expect(index.seriesCount(of: tenant, metric: "up", days: 0...200) == 3)
    #expect(index.seriesCount(of: tenant, metric: "up", days: 91...200) == 2)
    #expect(index.seriesCount(of: tenant, metric: "job", days: 0...200) == 0)
    #expect(index.seriesCount(of: TenantID(9), metric: "up", days: 0...200) == 0)
  }

  @Test("forgets series of days that are gone")
  func dropping() throws {
    fill()
    index.trim(before: 95, countMax: 100)
    #expect(try find([]) == [1, 2, 4])
    #expect(index.seriesCount == 4)
    #expect(
      try index.series(of: tenant, matching: [LabelMatcher("job", equals: "b")], days: 100...100, countMax: 1)
        .first?.labels.description == "up{instance=\"y\", job=\"b\"}")
  }
}
