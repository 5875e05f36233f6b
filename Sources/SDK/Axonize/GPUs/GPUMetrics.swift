/// Samples of this process's GPUs as metrics, named as in OpenTelemetry's hardware conventions.
enum GPUMetrics {
  static func encode(at now: UInt64) -> [[UInt8]] {
    guard let library = NVML.shared else { return [] }
    let inventory = GPUInventory.shared
    let samples = inventory.visibleDevices.compactMap { resource -> (Attributes, NVML.Sample)? in
      for gpu in inventory.gpus {
        let device = gpu.uuid == resource.uuid ? gpu.handle : gpu.instances.first { $0.uuid == resource.uuid }?.handle
        guard let device else { continue }
        var attributes: Attributes = [
          "hw.id": resource.uuid, "hw.name": gpu.name, "hw.type": "gpu", "hw.vendor": "NVIDIA",
        ]
        attributes.add("hw.parent", resource.parent)
        return (attributes, library.sample(device))
      }
      return nil
    }
    return encode(samples, at: now)
  }

  static func encode(_ samples: [(Attributes, NVML.Sample)], at now: UInt64) -> [[UInt8]] {
    typealias Number = MetricsEncoder.Point.Number
    let gauges: [(name: String, unit: String, value: (NVML.Sample) -> Number?)] = [
      ("hw.gpu.utilization", "1", { $0.utilization.map(Number.double) }),
      ("hw.gpu.memory.usage", "By", { $0.memoryUsed.map(Number.int) }),
      ("hw.gpu.memory.limit", "By", { $0.memoryTotal.map(Number.int) }),
      ("hw.temperature", "Cel", { $0.temperature.map(Number.int) }),
      ("hw.power", "W", { $0.power.map(Number.double) }),
      ("hw.gpu.clock", "Hz", { $0.clock.map(Number.int) }),
    ]
    func points(_ value: (NVML.Sample) -> Number?) -> [MetricsEncoder.Point] {
      samples.compactMap { attributes, sample in
        value(sample).map { MetricsEncoder.Point(attributes: attributes, number: $0) }
      }
    }
    var metrics = gauges.compactMap { gauge -> [UInt8]? in
      let points = points(gauge.value)
      return points.isEmpty ? nil : MetricsEncoder.gauge(gauge.name, gauge.unit, "", points, at: now)
    }
    let energy = points { $0.energy.map(Number.double) }
    if !energy.isEmpty { metrics.append(MetricsEncoder.total("hw.energy", "J", "", energy, from: 0, at: now)) }
    return metrics
  }
}
