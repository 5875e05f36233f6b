import Attribution
import GPUCollection

/// What is read of a GPU, and from which series.
enum GPUQuantity: CaseIterable, Sendable {
  case energy, power, utilisation, graphicsActive, smActive, memory, smClock, clockEventReasons

  var metric: GPUMetric {
    switch self {
    case .energy: .energy
    case .power: .power
    case .utilisation: .utilisation
    case .graphicsActive: .graphicsActive
    case .smActive: .smActive
    case .memory: .memoryUsed
    case .smClock: .smClock
    case .clockEventReasons: .clockEventReasons
    }
  }

  /// What the collector calls the series that say which parts a board has, and whose labels join their ids to the board.
  static let resourceInfo = "axonize_gpu_resource_info"

  /// Which quantity a series is of, whose it is, and what its values are divided by to be in our unit.
  struct Series: Sendable {
    let quantity: GPUQuantity
    let origin: SampleOrigin
    let factor: Double
  }

  /// By the name of the metric.
  static let series: [String: Series] = {
    var series: [String: Series] = [:]
    for quantity in allCases {
      series[quantity.metric.rawValue] = Series(quantity: quantity, origin: .axonize, factor: 1)
      guard let dcgm = quantity.metric.facts.dcgm else { continue }
      series[dcgm.name] = Series(quantity: quantity, origin: .dcgm, factor: dcgm.factor)
    }
    return series
  }()

  static func names(of origin: SampleOrigin) -> [String] {
    series.filter { $0.value.origin == origin }.map(\.key)
  }
}

/// The labels by which series of a GPU are told.
struct GPULabelNames {
  let board: String
  let instance: String
  let model: String

  init(_ origin: SampleOrigin) {
    switch origin {
    case .axonize: (board, instance, model) = ("uuid", "gpu_instance", "model")
    case .dcgm: (board, instance, model) = ("UUID", "GPU_I_ID", "modelName")
    }
  }
}
