import CNVML

/// A metric of GPU performance monitoring, `nvmlGpmMetricId_t`.
package enum NVMLPerformanceMetric: UInt32, CaseIterable, Sendable {
  // Percent.
  case graphics = 1
  case sm = 2
  case occupancy = 3
  case tensor = 5
  case memoryBandwidth = 10
  case fp64 = 11
  case fp32 = 12
  case fp16 = 13
  // MiB per second.
  case pcieTransmitted = 20
  case pcieReceived = 21
  case linkReceived = 60
  case linkTransmitted = 61
}

/// A sample of the counters of GPU performance monitoring; two of them make metrics.
///
/// One thread uses it.
@safe
package final class NVMLPerformanceSample {
  fileprivate let handle: OpaquePointer
  private let session: NVMLSession

  package init(_ session: NVMLSession) throws(NVMLFailure) {
    var handle: OpaquePointer?
    typealias Signature = @convention(c) (UnsafeMutablePointer<OpaquePointer?>) -> UInt32
    try unsafe session.library.perform(.gpmSampleAlloc, Signature.self, session.monitor) { unsafe $0(&handle) }
    guard let handle = unsafe handle else { throw NVMLFailure(.gpmSampleAlloc, .notAvailable) }
    unsafe self.handle = handle
    self.session = session
  }

  deinit {
    let handle = unsafe self.handle
    // There is nothing to do where the library cannot free it.
    try? unsafe session.library.perform(
      .gpmSampleFree, (@convention(c) (OpaquePointer) -> UInt32).self, session.monitor
    ) {
      unsafe $0(handle)
    }
  }

  /// Reads the counters of a whole GPU.
  package func read(_ device: NVMLDevice) throws(NVMLFailure) {
    typealias Signature = @convention(c) (OpaquePointer, OpaquePointer) -> UInt32
    try unsafe device.perform(.gpmSample, Signature.self) { unsafe $0($1, handle) }
  }

  /// Reads the counters of a GPU instance of a GPU in MIG mode.
  package func read(_ device: NVMLDevice, gpuInstance: UInt32) throws(NVMLFailure) {
    typealias Signature = @convention(c) (OpaquePointer, UInt32, OpaquePointer) -> UInt32
    try unsafe device.perform(.gpmMIGSample, Signature.self) { unsafe $0($1, gpuInstance, handle) }
  }

  /// Metrics of the time between an earlier sample and this one, which MUST be more than 100 ms apart (nvml.h).
  package func metrics(
    since earlier: NVMLPerformanceSample, _ metrics: [NVMLPerformanceMetric]
  ) throws(NVMLFailure) -> [NVMLPerformanceMetric: NVMLFieldResult] {
    let headSize = unsafe MemoryLayout<CNVML_GPMMetricsGet>.size
    let size = unsafe headSize + CNVML_GPM_METRIC_COUNT_MAX * MemoryLayout<CNVML_GPMMetric>.stride
    precondition(metrics.count <= CNVML_GPM_METRIC_COUNT_MAX, "\(metrics.count) metrics in one call")
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    defer { unsafe memory.deallocate() }
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    // SAFETY: the memory has room for the head and for as many metrics as any release of the library knows.
    let head = unsafe memory.bindMemory(to: CNVML_GPMMetricsGet.self, capacity: 1)
    unsafe head.pointee = unsafe CNVML_GPMMetricsGet(
      version: 1, metric_count: UInt32(metrics.count), first: earlier.handle, second: handle)
    let values = unsafe (memory + headSize).bindMemory(
      to: CNVML_GPMMetric.self, capacity: CNVML_GPM_METRIC_COUNT_MAX)
    for (index, metric) in metrics.enumerated() {
      unsafe values[index].metric_id = metric.rawValue
      // What the library leaves out has not its result written.
      unsafe values[index].result = 999
    }
    typealias Signature = @convention(c) (UnsafeMutablePointer<CNVML_GPMMetricsGet>) -> UInt32
    try unsafe session.library.perform(.gpmMetrics, Signature.self, session.monitor) { unsafe $0(head) }
    var results: [NVMLPerformanceMetric: NVMLFieldResult] = [:]
    for (index, metric) in metrics.enumerated() { results[metric] = unsafe Self.result(values[index]) }
    return results
  }

  private static func result(_ metric: CNVML_GPMMetric) -> NVMLFieldResult {
    let (code, value) = unsafe (metric.result, metric.value)
    guard code == 0 else { return .failure(NVMLFailure(.gpmMetrics, NVMLResult(code))) }
    guard value.isFinite, value >= 0 else { return .failure(NVMLFailure(.gpmMetrics, .notAvailable)) }
    return .success(value)
  }
}

extension NVMLDevice {
  /// Whether the GPU has performance monitoring: Hopper and later.
  package func hasPerformanceMonitoring() throws(NVMLFailure) -> Bool {
    var support = CNVML_GPMSupport(version: 1, is_supported: 0)
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CNVML_GPMSupport>) -> UInt32
    try unsafe perform(.gpmSupport, Signature.self) { unsafe $0($1, &support) }
    return support.is_supported != 0
  }
}
