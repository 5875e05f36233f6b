internal import CAxonizeCore
internal import Glibc

/// A GPU of the host.
struct GPU: Sendable {
  /// A slice of a GPU.
  struct Instance: Sendable {
    var uuid: String
    var handle: NVML.Device
  }

  var uuid: String
  var name: String
  var handle: NVML.Device
  var instances: [Instance]
}

/// NVIDIA's management library, opened at run-time: nothing is linked, and without a driver nothing is there.
///
/// Functions and structures: https://docs.nvidia.com/deploy/nvml-api/.
@safe struct NVML: Sendable {
  // SAFETY for every use in this file: functions come from the library of that name, which is never closed, and are
  // called with the types of its documentation; handles stay valid while it is initialised, which it is for ever; and
  // texts are read up to their terminating zero within buffers of the size that the library was told.
  /// The address of a function.
  private let address: @Sendable (String) -> UInt?

  /// What the library calls a GPU or an instance of one.
  @safe struct Device: Sendable {
    /// The library's own name of it, which we never follow; NVML may be called from several threads at once.
    fileprivate nonisolated(unsafe) let handle: UnsafeMutableRawPointer?

    fileprivate init(handle: UnsafeMutableRawPointer?) { unsafe self.handle = handle }

    /// No device, which the library refuses; for tests.
    init(none: Void) { unsafe handle = nil }
  }

  /// The library, initialised; nil where there is no driver.
  static let shared = NVML(path: "libnvidia-ml.so.1")

  init?(path: String) {
    guard let library = unsafe axz_library(path) else { return nil }
    let handle = UInt(bitPattern: library)
    self.init { name in
      unsafe axz_library_symbol(UnsafeMutableRawPointer(bitPattern: handle), name).map { UInt(bitPattern: $0) }
    }
  }

  /// A library whose functions are at the addresses that `address` tells.
  init?(address: @escaping @Sendable (String) -> UInt?) {
    self.address = address
    guard let initialise = unsafe function("nvmlInit_v2", as: (@convention(c) () -> Int32).self),
      initialise() == 0
    else { return nil }
  }

  private typealias Handle = UnsafeMutableRawPointer?

  @unsafe private func function<Function>(_ name: String, as type: Function.Type) -> Function? {
    address(name).map { unsafe unsafeBitCast($0, to: type) }
  }

  /// The GPUs in NVML's order, which is that of the PCI bus.
  var gpus: [GPU] {
    let count = unsafe function(
      "nvmlDeviceGetCount_v2", as: (@convention(c) (UnsafeMutablePointer<UInt32>) -> Int32).self)
    let handle = unsafe function(
      "nvmlDeviceGetHandleByIndex_v2",
      as: (@convention(c) (UInt32, UnsafeMutablePointer<Handle>) -> Int32).self)
    var number: UInt32 = 0
    guard let count = unsafe count, let handle = unsafe handle, unsafe count(&number) == 0 else { return [] }
    return (0..<number).compactMap { index in
      var device: Handle = nil
      // A GPU that fell off the bus, or one this user may not see.
      guard unsafe handle(index, &device) == 0, let uuid = unsafe text("nvmlDeviceGetUUID", device) else { return nil }
      return unsafe GPU(
        uuid: uuid, name: text("nvmlDeviceGetName", device) ?? "", handle: Device(handle: device),
        instances: instances(device))
    }
  }

  @unsafe private func text(_ name: String, _ device: Handle) -> String? {
    let get = unsafe function(
      name, as: (@convention(c) (Handle, UnsafeMutablePointer<CChar>, UInt32) -> Int32).self)
    guard let get = unsafe get else { return nil }
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 97) { buffer in
      unsafe buffer.initialize(repeating: 0)
      guard let base = buffer.baseAddress, unsafe get(device, base, 96) == 0 else { return nil }
      let text = unsafe String(cString: base)
      return text.isEmpty ? nil : text
    }
  }

  @unsafe private func instances(_ device: Handle) -> [GPU.Instance] {
    typealias Number = UnsafeMutablePointer<UInt32>
    let mode = unsafe function("nvmlDeviceGetMigMode", as: (@convention(c) (Handle, Number, Number) -> Int32).self)
    let count = unsafe function(
      "nvmlDeviceGetMaxMigDeviceCount", as: (@convention(c) (Handle, Number) -> Int32).self)
    let handle = unsafe function(
      "nvmlDeviceGetMigDeviceHandleByIndex",
      as: (@convention(c) (Handle, UInt32, UnsafeMutablePointer<Handle>) -> Int32).self)
    var current: UInt32 = 0
    var pending: UInt32 = 0
    var number: UInt32 = 0
    guard let mode = unsafe mode, let count = unsafe count, let handle = unsafe handle,
      unsafe mode(device, &current, &pending) == 0, current == 1, unsafe count(device, &number) == 0
    else { return [] }
    return (0..<number).compactMap { index in
      var instance: Handle = nil
      guard unsafe handle(device, index, &instance) == 0, let uuid = unsafe text("nvmlDeviceGetUUID", instance) else {
        return nil
      }
      return unsafe GPU.Instance(uuid: uuid, handle: Device(handle: instance))
    }
  }

  /// Present values; nil where the hardware does not tell.
  struct Sample: Sendable {
    /// 0...1.
    var utilization: Double?
    /// Bytes.
    var memoryUsed: Int?
    /// Bytes.
    var memoryTotal: Int?
    /// Degrees Celsius.
    var temperature: Int?
    /// Watts.
    var power: Double?
    /// Joules since the driver was loaded.
    var energy: Double?
    /// Hertz of the multiprocessors.
    var clock: Int?
  }

  /// Present values of a GPU or an instance.
  func sample(_ device: Device) -> Sample {
    var sample = Sample()
    // nvmlUtilization_t: two 32-bit numbers; nvmlMemory_t: three 64-bit ones, total, free, used.
    var use: (UInt32, UInt32) = (0, 0)
    if read("nvmlDeviceGetUtilizationRates", device, &use) { sample.utilization = Double(use.0) / 100 }
    var memory: (UInt64, UInt64, UInt64) = (0, 0, 0)
    if read("nvmlDeviceGetMemoryInfo", device, &memory) {
      sample.memoryTotal = Int(clamping: memory.0)
      sample.memoryUsed = Int(clamping: memory.2)
    }
    var power: UInt32 = 0
    if read("nvmlDeviceGetPowerUsage", device, &power) { sample.power = Double(power) / 1000 }
    var energy: UInt64 = 0
    if read("nvmlDeviceGetTotalEnergyConsumption", device, &energy) { sample.energy = Double(energy) / 1000 }
    // NVML_TEMPERATURE_GPU is 0, NVML_CLOCK_SM 1.
    sample.temperature = number("nvmlDeviceGetTemperature", device, 0)
    sample.clock = number("nvmlDeviceGetClockInfo", device, 1).map { $0 * 1_000_000 }
    return sample
  }

  private func read<Value>(_ name: String, _ device: Device, _ value: inout Value) -> Bool {
    let get = unsafe function(name, as: (@convention(c) (Handle, UnsafeMutableRawPointer) -> Int32).self)
    guard let get = unsafe get else { return false }
    return unsafe withUnsafeMutablePointer(to: &value) { unsafe get(device.handle, $0) == 0 }
  }

  private func number(_ name: String, _ device: Device, _ kind: UInt32) -> Int? {
    let get = unsafe function(
      name, as: (@convention(c) (Handle, UInt32, UnsafeMutablePointer<UInt32>) -> Int32).self)
    var value: UInt32 = 0
    guard let get = unsafe get, unsafe get(device.handle, kind, &value) == 0 else { return nil }
    return Int(value)
  }
}
