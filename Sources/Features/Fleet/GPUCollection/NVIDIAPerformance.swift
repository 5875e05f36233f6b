import Base
import NVML
import System

/// Performance monitoring of Hopper and later: metrics between two samples, of the GPU or of each GPU instance.
struct NVIDIAPerformance {
  /// Samples MUST be more than 100 ms apart; twice that leaves room for a thread that is late.
  private static let gapMin = Duration.milliseconds(200)

  private struct Pair {
    var earlier: NVMLPerformanceSample?
    var takenAt = Instant(nanoseconds: 0)
    /// The metrics of the last two samples, for a burst that reads faster than samples may be taken.
    var readings: [GPUReading] = []
  }

  /// Nil until it was asked for.
  private(set) var isSupported: Bool?
  private var pairs: [GPUScope: Pair] = [:]

  private static let percents: [(NVMLPerformanceMetric, GPUMetric)] = [
    (.graphics, .graphicsActive), (.sm, .smActive), (.occupancy, .smOccupancy), (.tensor, .tensorActive),
    (.memoryBandwidth, .dramActive), (.fp64, .fp64Active), (.fp32, .fp32Active), (.fp16, .fp16Active),
  ]
  /// MiB per second.
  private static let rates: [(NVMLPerformanceMetric, GPUMetric)] = [
    (.pcieTransmitted, .pcieTransmitted), (.pcieReceived, .pcieReceived), (.linkTransmitted, .linkTransmitted),
    (.linkReceived, .linkReceived),
  ]

  mutating func readings(of reader: NVIDIAReader) -> [GPUReading] {
    do throws(NVMLFailure) {
      if isSupported == nil { isSupported = try reader.device.hasPerformanceMonitoring() }
    } catch {
      // An old driver, or one that does not answer yet: the metrics say which, and it is asked again.
      if error.code == .missingSymbol || error.code == .notSupported { isSupported = false }
      return Self.unavailable(.gpu, NVIDIAReader.reason(error))
    }
    guard isSupported == true else { return Self.unavailable(.gpu, .notSupported) }
    guard reader.isDivided == true else { return readings(of: reader, .gpu) }
    var readings = Self.unavailable(.gpu, .inMIGMode)
    var seen: Set<UInt32> = []
    for part in reader.parts {
      guard let instance = part.resource.gpuInstance, seen.insert(instance).inserted else { continue }
      readings += self.readings(of: reader, .instance(instance))
    }
    return readings
  }

  /// What cannot be measured, by name; PCIe of older GPUs comes from another call.
  private static func unavailable(
    _ scope: GPUScope, _ reason: GPUUnavailable
  ) -> [GPUReading] {
    let hasOther: Set<GPUMetric> = reason == .inMIGMode ? [] : [.pcieTransmitted, .pcieReceived]
    return (percents + rates).map(\.1).filter { !hasOther.contains($0) }.map {
      GPUReading($0, scope, .unavailable(reason))
    }
  }

  private mutating func readings(of reader: NVIDIAReader, _ scope: GPUScope) -> [GPUReading] {
    var pair = pairs[scope] ?? Pair()
    if pair.earlier != nil, Instant.now - pair.takenAt < Self.gapMin { return pair.readings }
    do throws(NVMLFailure) {
      let sample = try NVMLPerformanceSample(reader.device.session)
      if case .instance(let instance) = scope {
        try sample.read(reader.device, gpuInstance: instance)
      } else {
        try sample.read(reader.device)
      }
      if let earlier = pair.earlier {
        pair.readings = Self.readings(try sample.metrics(since: earlier, (Self.percents + Self.rates).map(\.0)), scope)
      } else {
        pair.readings = Self.unavailable(scope, .needsAnotherSample)
      }
      pair.earlier = sample
      pair.takenAt = .now
    } catch {
      pair = Pair(readings: Self.unavailable(scope, NVIDIAReader.reason(error)))
    }
    pairs[scope] = pair
    return pair.readings
  }

  private static func readings(
    _ results: [NVMLPerformanceMetric: NVMLFieldResult], _ scope: GPUScope
  ) -> [GPUReading] {
    let isInstance = scope != .gpu
    let now = WallClock.now
    func reading(_ source: NVMLPerformanceMetric, _ metric: GPUMetric, _ factor: Double) -> GPUReading {
      switch results[source] {
      case .success(let value): GPUReading(metric, scope, .value(value * factor, from: .gpm, at: now))
      case .failure(let failure):
        GPUReading(metric, scope, .unavailable(NVIDIAReader.reason(failure, isDivided: isInstance)))
      case nil: GPUReading(metric, scope, .unavailable(.noValue))
      }
    }
    return percents.map { reading($0, $1, 0.01) } + rates.map { reading($0, $1, 1_048_576) }
  }
}
