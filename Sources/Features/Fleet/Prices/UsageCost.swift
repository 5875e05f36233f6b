package import Base

/// What was used of GPUs of one kind at one time: so briefly that no price changes within.
package struct GPUUsage: Sendable, Hashable {
  package let time: UnixNanoseconds
  package let joules: Double
  /// Seconds of a GPU, shared among those that used it together.
  package let gpuSeconds: Double

  package init(time: UnixNanoseconds, joules: Double, gpuSeconds: Double) {
    self.time = time
    self.joules = joules
    self.gpuSeconds = gpuSeconds
  }
}

/// What a use of GPUs costs.
///
/// A number is nil where a part of what was used has no price: a sum without it would be too small.
package struct UsageCost: Sendable, Hashable {
  /// Of the energy, that of the site around it (PUE) included.
  package var energy: Double?
  /// Of the time of the GPUs.
  package var gpuTime: Double?
  package var carbonGrams: Double?

  package init(energy: Double?, gpuTime: Double?, carbonGrams: Double?) {
    self.energy = energy
    self.gpuTime = gpuTime
    self.carbonGrams = carbonGrams
  }

  /// Of nothing.
  package static let none = UsageCost(energy: 0, gpuTime: 0, carbonGrams: 0)

  package static func + (left: UsageCost, right: UsageCost) -> UsageCost {
    func sum(_ left: Double?, _ right: Double?) -> Double? { left.flatMap { left in right.map { left + $0 } } }
    return UsageCost(
      energy: sum(left.energy, right.energy), gpuTime: sum(left.gpuTime, right.gpuTime),
      carbonGrams: sum(left.carbonGrams, right.carbonGrams))
  }

  package static func += (left: inout UsageCost, right: UsageCost) { left = left + right }
}

/// Units of energy and time.
package enum EnergyUnits {
  package static let joulesPerKilowattHour = 3_600_000.0
  package static let secondsPerHour = 3_600.0
}

extension PriceList {
  /// What a use of GPUs costs.
  ///
  /// - energy: joules / 3,600,000 · PUE · price of a kWh
  /// - carbon: joules / 3,600,000 · PUE · grams per kWh
  /// - time of GPUs: seconds / 3,600 · price of an hour
  ///
  /// - Parameter place: that of the GPU, by ``placeOfGPU(model:node:)``.
  package func cost(of usage: GPUUsage, gpuAt place: Int?) -> UsageCost {
    let terms = electricity(at: usage.time)
    let effectiveness = terms.powerUsageEffectiveness ?? ElectricityTerms.powerUsageEffectivenessDefault
    let kilowattHours = usage.joules / EnergyUnits.joulesPerKilowattHour * effectiveness
    let hours = usage.gpuSeconds / EnergyUnits.secondsPerHour
    // What was not used costs nothing, whatever its price.
    func amount(_ quantity: Double, _ price: Double?) -> Double? { quantity == 0 ? 0 : price.map { quantity * $0 } }
    return UsageCost(
      energy: amount(kilowattHours, terms.pricePerKilowattHour),
      gpuTime: amount(hours, place.flatMap { gpus[$0].pricePerHour(at: usage.time) }),
      carbonGrams: amount(kilowattHours, terms.carbonGramsPerKilowattHour))
  }

  /// The same of a GPU of a model on a node.
  package func cost(of usage: GPUUsage, model: String, node: String) -> UsageCost {
    cost(of: usage, gpuAt: placeOfGPU(model: model, node: node))
  }
}
