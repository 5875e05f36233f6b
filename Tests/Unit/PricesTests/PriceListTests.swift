import Base
import Prices
import Testing

struct PriceListTests {
  private static let start: Int64 = 1_780_000_000

  private static func time(_ seconds: Int64) -> UnixNanoseconds { UnixNanoseconds((start + seconds) * 1_000_000_000) }

  private static let list = PriceList(
    currency: "EUR",
    electricity: [
      ElectricityTerms(from: time(200), pricePerKilowattHour: 0.2),
      ElectricityTerms(from: time(100), pricePerKilowattHour: 0.4, carbonGramsPerKilowattHour: 500),
      ElectricityTerms(from: time(300), powerUsageEffectiveness: 1.5),
    ],
    gpus: [
      GPUPrices(
        model: NamePattern("*h200*"), node: NamePattern("gold-*"), prices: [.init(from: time(100), perHour: 9)]),
      GPUPrices(
        model: NamePattern("*h200*"),
        prices: [.init(from: time(200), perHour: 3), .init(from: .allTimes, perHour: 4)]),
    ])

  @Test(
    arguments: [
      (99, nil, nil, nil), (100, 0.4, 500, nil), (199, 0.4, 500, nil), (200, 0.2, 500, nil), (300, 0.2, 500, 1.5),
    ] as [(Int64, Double?, Double?, Double?)])
  func `Each number of electricity is the newest one`(
    seconds: Int64, price: Double?, carbon: Double?, effectiveness: Double?
  ) {
    let terms = Self.list.electricity(at: Self.time(seconds))
    #expect(terms.pricePerKilowattHour == price)
    #expect(terms.carbonGramsPerKilowattHour == carbon)
    #expect(terms.powerUsageEffectiveness == effectiveness)
  }

  @Test(
    arguments: [
      ("NVIDIA H200", "gold-1", 99, nil), ("NVIDIA H200", "gold-1", 100, 9), ("NVIDIA H200", "other", 0, 4),
      ("NVIDIA H200", "other", 200, 3), ("NVIDIA A100", "gold-1", 200, nil),
    ] as [(String, String, Int64, Double?)])
  func `The first entry that fits a GPU has its price`(model: String, node: String, seconds: Int64, price: Double?) {
    #expect(Self.list.pricePerHour(model: model, node: node, at: Self.time(seconds)) == price)
  }

  @Test func `Changes within a range come once each, in order`() {
    let changes = Self.list.changes(in: TimeRange(start: Self.time(100), end: Self.time(300)))
    #expect(changes == [Self.time(200)])
  }

  @Test(arguments: [
    ("*", "", true), ("*", "anything", true), ("", "", true), ("", "a", false), ("A100", "a100", true),
    ("A100", "A1000", false), ("*H200*", "NVIDIA H200 NVL", true), ("*H200", "NVIDIA H200 NVL", false),
    ("gpu-*-a", "gpu-1-b-a", true), ("gpu-*-a", "gpu-1-b", false), ("a*b*c", "axxbxbxc", true), ("a*b*c", "acb", false),
  ])
  func `A pattern fits whole names`(pattern: String, name: String, fits: Bool) {
    #expect(NamePattern(pattern).fits(name) == fits)
  }

  @Test func `Costs follow the formulas`() {
    // 7,200,000 J are 2 kWh, with a PUE of 1.5 those of the site are 3 kWh; 1,800 s are half an hour.
    let usage = GPUUsage(time: Self.time(300), joules: 7_200_000, gpuSeconds: 1_800)
    let cost = Self.list.cost(of: usage, model: "H200", node: "n")
    #expect(abs((cost.energy ?? 0) - 0.6) < 1e-12)
    #expect(cost.gpuTime == 1.5)
    #expect(cost.carbonGrams == 1_500)
  }

  @Test func `Without a price there is no cost`() {
    let usage = GPUUsage(time: Self.time(0), joules: 1, gpuSeconds: 1)
    #expect(
      Self.list.cost(of: usage, model: "A100", node: "n") == UsageCost(energy: nil, gpuTime: nil, carbonGrams: nil))
  }

  @Test func `What was not used costs nothing without a price`() {
    let usage = GPUUsage(time: Self.time(0), joules: 0, gpuSeconds: 0)
    #expect(PriceList.empty.cost(of: usage, model: "A100", node: "n") == .none)
  }

  @Test func `A sum with a part that has no price has no price`() {
    let priced = UsageCost(energy: 1, gpuTime: 2, carbonGrams: 3)
    let sum = priced + UsageCost(energy: nil, gpuTime: 2, carbonGrams: nil)
    #expect(sum == UsageCost(energy: nil, gpuTime: 4, carbonGrams: nil))
  }
}
