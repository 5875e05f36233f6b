import Base
import Prices
import Testing

struct PriceListReaderTests {
  private func read(_ text: String) throws(PriceListError) -> PriceList {
    try PriceSection.read(Array(text.utf8), path: "axonize.yaml")
  }

  private func time(_ text: String) throws -> UnixNanoseconds { try #require(RFC3339.parse(text)) }

  @Test func `Prices are read with the times from which they hold`() throws {
    let list = try read(
      """
      http: 127.0.0.1:8080
      prices:
        currency: EUR
        electricity:
          - price_per_kwh: 0.30
            co2_grams_per_kwh: 400
          - from: 2026-07-01
            price_per_kwh: 0.25
            pue: 1.2
        gpus:
          - model: "*H200*"
            price_per_hour: 3.5
          - node: old-*
            price_per_hour: 1
          - model: "*H200*"
            from: 2026-07-01T06:00:00Z
            price_per_hour: 3
      """)
    let july = try time("2026-07-01T00:00:00Z")
    let expected = PriceList(
      currency: "EUR",
      electricity: [
        ElectricityTerms(from: .allTimes, pricePerKilowattHour: 0.3, carbonGramsPerKilowattHour: 400),
        ElectricityTerms(from: july, pricePerKilowattHour: 0.25, powerUsageEffectiveness: 1.2),
      ],
      gpus: [
        GPUPrices(
          model: NamePattern("*H200*"),
          prices: [
            .init(from: .allTimes, perHour: 3.5), .init(from: try time("2026-07-01T06:00:00Z"), perHour: 3),
          ]), GPUPrices(node: NamePattern("old-*"), prices: [.init(from: .allTimes, perHour: 1)]),
      ])
    #expect(list == expected)
  }

  @Test(arguments: ["", "http: 127.0.0.1:8080", "prices:", "prices: {}"])
  func `A file without prices has none`(text: String) throws { #expect(try read(text) == .empty) }

  @Test(arguments: [
    ("prices: 3", "axonize.yaml:1:9: prices takes members, 'name: value'."),
    ("prices: {currency: euro}", "'euro' is not a value for 'currency' of prices"),
    ("prices: {gpus: [{price_per_hour: 1}]}", "prices need a 'currency', such as EUR."),
    ("prices: {electricity: [{price_per_kwh: 0.3}]}", "prices need a 'currency', such as EUR."),
    ("prices: {currency: EUR, gpus: [{model: A}]}", "an entry of gpus needs a 'price_per_hour'."),
    ("prices: {currency: EUR, gpus: [{price_per_hour: -1}]}", "'-1' is not a value for 'price_per_hour' of gpus"),
    ("prices: {currency: EUR, gpus: [{price_per_hour: nan}]}", "'nan' is not a value for 'price_per_hour' of gpus"),
    ("prices: {electricity: [{pue: 0.9}]}", "'0.9' is not a value for 'pue' of electricity"),
    ("prices: {electricity: [{from: 2026-02-30}]}", "'2026-02-30' is not a value for 'from' of electricity"),
    ("prices: {electricity: [{from: \"2026-02-01T00:00:30Z\"}]}", "is not a value for 'from' of electricity"),
    ("prices: {electricity: [{pue: 1.1}, {pue: 1.2}]}", "two entries of electricity from the same time."),
    (
      "prices: {currency: EUR, gpus: [{price_per_hour: 1}, {price_per_hour: 2}]}",
      "two prices for the same GPUs from the same time."
    ),
    ("prices: {electricty: []}", "there is no member 'electricty' of prices"),
    ("prices: [", "axonize.yaml:"),
  ])
  func `What is wrong is said with its place`(text: String, part: String) {
    let error = #expect(throws: PriceListError.self) { try read(text) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }

  @Test func `A list of too many entries is refused`() {
    let entry = "{from: 2026-01-01, pue: 1.1}"
    let text = "prices: {electricity: [\(Array(repeating: entry, count: 501).joined(separator: ", "))]}"
    let error = #expect(throws: PriceListError.self) { try read(text) }
    #expect(error?.problems.first?.contains("'electricity' has 501 entries; at most 500") == true)
  }

  @Test func `Carbon alone needs no currency`() throws {
    #expect(try read("prices: {electricity: [{co2_grams_per_kwh: 30}]}").currency == nil)
  }
}
