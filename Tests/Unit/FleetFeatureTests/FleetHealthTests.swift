import Base
import Feature
import Testing

@testable import FleetFeature

/// Goal: `/readyz` says how old the energy of GPUs is, and that events cannot be stored; only the latter makes a server unready.
@Suite struct FleetHealthTests {
  private static let until = UnixNanoseconds(1_800_000_000 * 1_000_000_000)

  @Test(
    arguments: [
      (nil, nil, nil), (nil, 0, nil), (nil, FleetHealth.lagSecondsMax, nil),
      (nil, FleetHealth.lagSecondsMax + 1, "it is computed until 2027-01-15T08:00:00Z, 601 s behind"),
      ("the disk is full", nil, "the disk is full"),
      ("the disk is full", 5, "the disk is full; it is computed until 2027-01-15T08:00:00Z, 5 s behind"),
    ] as [(String?, Int64?, String?)])
  func `energy says how far it is behind`(_ problem: String?, _ lag: Int64?, _ details: String?) {
    let found = FleetHealth.energy(problem: problem, until: lag.map { _ in Self.until }, lagSeconds: lag)
    #expect(found?.details == details)
    #expect(found?.isReady ?? true)
  }

  @Test func `a server that cannot store events is not ready`() {
    #expect(FleetHealth.events(problem: nil) == nil)
    #expect(FleetHealth.events(problem: "events: the disk is full")?.isReady == false)
  }

  @Test(
    arguments: [
      ([], nil, nil), (["cpu: no file"], nil, "cpu: no file"),
      (["cpu: no file"], "a price is wrong", "the prices stay as they were: a price is wrong; cpu: no file"),
      ([], "a price is wrong", "a price is wrong"),
    ] as [([String], String?, String?)])
  func `what this machine lacks keeps a server ready`(_ problems: [String], _ prices: String?, _ details: String?) {
    let found = FleetHealth.collection(problems: problems, pricesProblem: prices)
    #expect(found?.details == details)
    #expect(found?.isReady ?? true)
  }
}
