package import Base

/// What the energy and the time of GPUs cost, and the carbon of that energy, each from a time on.
///
/// An empty list has no prices: then nothing has a cost, which is not a cost of 0.
package struct PriceList: Sendable, Hashable {
  /// The code of the currency of all prices (ISO 4217), such as `EUR`; nil where there are no prices.
  package let currency: String?
  /// What is known of electricity, by time.
  package let electricity: [ElectricityTerms]
  /// In the order in which a GPU is looked for.
  package let gpus: [GPUPrices]

  package init(currency: String? = nil, electricity: [ElectricityTerms] = [], gpus: [GPUPrices] = []) {
    self.currency = currency
    self.electricity = electricity.sorted { $0.from < $1.from }
    self.gpus = gpus
  }

  package static let empty = PriceList()

  /// What holds for electricity at a time: of each of its numbers the newest one.
  package func electricity(at time: UnixNanoseconds) -> ElectricityTerms {
    var terms = ElectricityTerms(from: .allTimes)
    for newer in electricity where newer.from <= time { terms = terms.replaced(by: newer) }
    return terms
  }

  /// The place of the first entry that fits a GPU; nil for none.
  package func placeOfGPU(model: String, node: String) -> Int? {
    gpus.firstIndex { $0.model.fits(model) && $0.node.fits(node) }
  }

  /// The price of an hour of a GPU; nil where none is set at that time.
  package func pricePerHour(model: String, node: String, at time: UnixNanoseconds) -> Double? {
    placeOfGPU(model: model, node: node).flatMap { gpus[$0].pricePerHour(at: time) }
  }

  /// The times within a range at which something changes, in their order.
  package func changes(in range: TimeRange) -> [UnixNanoseconds] {
    let all = electricity.map(\.from) + gpus.flatMap { $0.prices.map(\.from) }
    return Set(all.filter { $0 > range.start && $0 < range.end }).sorted()
  }
}

/// What is known of electricity from a time on; nil for what stays as it was.
package struct ElectricityTerms: Sendable, Hashable {
  package let from: UnixNanoseconds
  package let pricePerKilowattHour: Double?
  package let carbonGramsPerKilowattHour: Double?
  /// Power usage effectiveness: the energy of the whole site for each unit that its computers take.
  package let powerUsageEffectiveness: Double?

  /// Where nothing is set: the energy of the GPUs alone.
  package static let powerUsageEffectivenessDefault = 1.0

  package init(
    from: UnixNanoseconds, pricePerKilowattHour: Double? = nil, carbonGramsPerKilowattHour: Double? = nil,
    powerUsageEffectiveness: Double? = nil
  ) {
    self.from = from
    self.pricePerKilowattHour = pricePerKilowattHour
    self.carbonGramsPerKilowattHour = carbonGramsPerKilowattHour
    self.powerUsageEffectiveness = powerUsageEffectiveness
  }

  fileprivate func replaced(by newer: ElectricityTerms) -> ElectricityTerms {
    ElectricityTerms(
      from: newer.from, pricePerKilowattHour: newer.pricePerKilowattHour ?? pricePerKilowattHour,
      carbonGramsPerKilowattHour: newer.carbonGramsPerKilowattHour ?? carbonGramsPerKilowattHour,
      powerUsageEffectiveness: newer.powerUsageEffectiveness ?? powerUsageEffectiveness)
  }
}

/// What an hour of some GPUs costs.
package struct GPUPrices: Sendable, Hashable {
  /// A price from a time on.
  package struct Price: Sendable, Hashable {
    package let from: UnixNanoseconds
    package let perHour: Double

    package init(from: UnixNanoseconds, perHour: Double) {
      self.from = from
      self.perHour = perHour
    }
  }

  package let model: NamePattern
  package let node: NamePattern
  /// By time.
  package let prices: [Price]

  package init(model: NamePattern = .any, node: NamePattern = .any, prices: [Price]) {
    self.model = model
    self.node = node
    self.prices = prices.sorted { $0.from < $1.from }
  }

  package func pricePerHour(at time: UnixNanoseconds) -> Double? { prices.last { $0.from <= time }?.perHour }
}

extension UnixNanoseconds {
  /// Before every other time: from when on a price holds that says nothing of it.
  package static let allTimes = UnixNanoseconds(.min)
}
