import Base
import Testing

@testable import FleetAPI

/// Goal: a restart is no reason for alarm, and two programs with one name are.
@Suite struct NodeRunsTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    /// Seconds and the number of the program that reports then.
    let reports: [(second: Int64, run: String?)]
    let sharedAt: Set<Int64>
  }

  static let cases = [
    Case(testDescription: "one program", reports: [(0, "a"), (5, "a"), (10, "a")], sharedAt: []),
    Case(testDescription: "a restart", reports: [(0, "a"), (5, "a"), (6, "b"), (11, "b"), (16, "b")], sharedAt: []),
    Case(
      testDescription: "restarts, one after another", reports: [(0, "a"), (1, "b"), (2, "c"), (3, "d")], sharedAt: []),
    Case(testDescription: "two", reports: [(0, "a"), (2, "b"), (5, "a"), (7, "b")], sharedAt: [5, 7]),
    Case(
      testDescription: "three in turn", reports: [(0, "a"), (1, "b"), (2, "c"), (5, "a"), (6, "b")], sharedAt: [5, 6]),
    Case(
      testDescription: "one of two goes", reports: [(0, "a"), (2, "b"), (5, "a"), (10, "a"), (19, "a"), (20, "a")],
      sharedAt: [5, 10, 19]),
    Case(testDescription: "the old one after a minute", reports: [(0, "a"), (2, "b"), (61, "a")], sharedAt: []),
    Case(testDescription: "versions that do not say", reports: [(0, nil), (1, nil), (2, "a"), (3, nil)], sharedAt: []),
  ]

  @Test(arguments: cases) func `programs with one name are told apart`(_ test: Case) {
    var runs = NodeRuns()
    var shared: Set<Int64> = []
    for (second, run) in test.reports
    where runs.isShared(run, at: UnixNanoseconds((1_000 + second) * 1_000_000_000)) { shared.insert(second) }
    #expect(shared == test.sharedAt)
  }
}
