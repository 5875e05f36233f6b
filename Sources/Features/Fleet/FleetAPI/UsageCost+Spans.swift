import API
import Attribution
import AttributionReading
import Base
import Prices

extension UsageCost {
  static let shape = JSONShape<UsageCost>.object { cost in
    let amount = JSONShape<Double?>.orNull(.number)
    cost.member("energy", amount.described("kWh, times PUE, times the price of a kWh; null without a price.")) {
      $0.energy
    }
    cost.member("gpu_time", amount.described("Hours of the GPU times their price; null without a price.")) {
      $0.gpuTime
    }
    cost.member("carbon_grams", amount.described("Grams of CO2; null where the carbon of a kWh is not set.")) {
      $0.carbonGrams
    }
  }
  .named("GpuCost")
}

extension PriceList {
  /// What a span and those within it cost on a GPU.
  func cost(of use: SpanUse, at start: Int64, on gpu: GPUSamples) -> UsageCost {
    cost(of: use.energy.value?.joules, nanoseconds: use.occupiedNanoseconds * use.boardShare, at: start, on: gpu)
  }

  /// What a span alone costs on a GPU.
  func ownCost(of use: SpanUse, at start: Int64, on gpu: GPUSamples) -> UsageCost {
    cost(of: use.energy.value?.selfJoules, nanoseconds: use.selfOccupiedNanoseconds * use.boardShare, at: start, on: gpu)
  }

  /// By the prices of the time at which the span began.
  private func cost(of joules: Double?, nanoseconds: Double, at start: Int64, on gpu: GPUSamples) -> UsageCost {
    let usage = GPUUsage(time: UnixNanoseconds(start), joules: joules ?? 0, gpuSeconds: nanoseconds / 1e9)
    var cost = cost(of: usage, model: gpu.model, node: gpu.node)
    // Energy that is not known does not cost nothing.
    if joules == nil { (cost.energy, cost.carbonGrams) = (nil, nil) }
    return cost
  }
}
