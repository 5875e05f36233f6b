import Base

/// What `top` knows at one time.
struct TopFrame: Sendable, Equatable {
  /// When it was asked for.
  var takenAt = UnixNanoseconds(0)
  /// The only machine that was asked for; nil for all.
  var node: String?
  var hosts: [TopHost] = []
  var gpus: [TopGPU] = []
  /// Whether the server has more GPUs than are asked for.
  var isCut = false
  var requests = TopRequests()
}

/// A machine and what it does.
struct TopHost: Sendable, Equatable {
  var name = ""
  /// As the list of nodes has it; nil for a machine that is known by its series alone.
  var state: String?
  var gpuCount: Int64?
  var gpusUp: Int64?
  var values = TopHostValues()
}

/// The newest values of a machine; nil for what it does not send.
struct TopHostValues: Sendable, Equatable {
  /// Part of the processors' time that was busy.
  var busy: Double?
  var load: Double?
  var memoryTotal: Double?
  var memoryAvailable: Double?
  /// Part of the time that the busiest disk was busy.
  var disk: Double?
  /// Bytes in a second.
  var received: Double?
  var sent: Double?

  var memoryUsed: Double? { memoryTotal.flatMap { total in memoryAvailable.map { total - $0 } } }
}

/// A GPU with its parts.
struct TopGPU: Sendable, Equatable {
  var id = ""
  var node = ""
  var index: Int64 = 0
  var model = ""
  /// `up`, `lost`, `wedged`, `gone`; or `silent` for one whose machine was not heard of.
  var condition = ""
  var problem: String?
  var facts: [TopFact] = []
  var values = TopGPUValues()
  var parts: [TopPart] = []
  var processes: [TopProcess] = []
  /// Why there are no processes.
  var processesUnavailable: String?
  /// Values that there are not, and why, each once.
  var unavailable: [TopFact] = []

  /// What spans may name it by.
  var ids: [String] { [id] + parts.compactMap(\.uuid) }
}

/// A part of a divided GPU.
struct TopPart: Sendable, Equatable {
  var uuid: String?
  /// `2/0`: GPU instance and compute instance.
  var place = ""
  var instance: Int64 = 0
  var profile = ""
  var values = TopGPUValues()
}

/// The newest values of a GPU or a part of it.
struct TopGPUValues: Sendable, Equatable {
  var utilisation: Double?
  var memoryUsed: Double?
  var memoryTotal: Double?
  var celsius: Double?
  var watts: Double?
  var wattsMax: Double?

  /// A value by the name of its metric, without what all names begin with; nil for others.
  static func place(of metric: String) -> WritableKeyPath<TopGPUValues, Double?>? {
    switch metric {
    case "axonize_gpu_memory_used_bytes": \.memoryUsed
    case "axonize_gpu_memory_total_bytes": \.memoryTotal
    case "axonize_gpu_temperature_celsius": \.celsius
    case "axonize_gpu_power_watts": \.watts
    case "axonize_gpu_power_limit_watts": \.wattsMax
    default: nil
    }
  }
}

/// A name and a text.
struct TopFact: Sendable, Equatable {
  var name: String
  var text: String
}

/// A process with a context on a GPU.
struct TopProcess: Sendable, Equatable {
  var pid: Int64
  var name: String
  var memory: Double?
}

/// Spans that began lately and name a GPU.
struct TopRequests: Sendable, Equatable {
  /// How long spans were looked at, in seconds: shorter than asked for where there were too many.
  var window = 0.0
  var groups: [TopRequestGroup] = []
  /// Spans of the window that name no GPU.
  var withoutGPU = 0
}

/// Spans of one service, model and operation on one GPU.
struct TopRequestGroup: Sendable, Equatable {
  /// As the spans name it.
  var gpu = ""
  var service = ""
  /// The model, or where spans name none the operation.
  var model = ""
  var count = 0
  var errorCount = 0
  var outputTokens: Int64 = 0
  /// In nanoseconds.
  var p95: Int64 = 0
}
