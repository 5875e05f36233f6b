// NVIDIA's management library as two GPUs would have it, the first of them in MIG mode with one instance in the second of
// three places. Handles are small numbers. The names and types are those of https://docs.nvidia.com/deploy/nvml-api/.
// SAFETY: the pointers are those of the caller under test, of the types that the documentation gives.

/// The addresses of the functions below.
///
/// nvmlDeviceGetClockInfo is missing, as functions are in other versions.
@Sendable func fakeNVML(_ name: String) -> UInt? {
  switch name {
  case "nvmlInit_v2": unsafe unsafeBitCast(nvmlInit_v2 as @convention(c) () -> Int32, to: UInt.self)
  case "nvmlDeviceGetCount_v2":
    unsafe unsafeBitCast(nvmlDeviceGetCount_v2 as @convention(c) (UnsafeMutablePointer<UInt32>) -> Int32, to: UInt.self)
  case "nvmlDeviceGetHandleByIndex_v2":
    unsafe unsafeBitCast(
      nvmlDeviceGetHandleByIndex_v2 as @convention(c) (UInt32, UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Int32,
      to: UInt.self)
  case "nvmlDeviceGetUUID":
    unsafe unsafeBitCast(
      nvmlDeviceGetUUID as @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>, UInt32) -> Int32,
      to: UInt.self)
  case "nvmlDeviceGetName":
    unsafe unsafeBitCast(
      nvmlDeviceGetName as @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>, UInt32) -> Int32,
      to: UInt.self)
  case "nvmlDeviceGetMigMode":
    unsafe unsafeBitCast(
      nvmlDeviceGetMigMode
        as @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>) ->
        Int32, to: UInt.self)
  case "nvmlDeviceGetMaxMigDeviceCount":
    unsafe unsafeBitCast(
      nvmlDeviceGetMaxMigDeviceCount
        as @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt32>) -> Int32, to: UInt.self)
  case "nvmlDeviceGetMigDeviceHandleByIndex":
    unsafe unsafeBitCast(
      nvmlDeviceGetMigDeviceHandleByIndex
        as @convention(c) (UnsafeMutableRawPointer?, UInt32, UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Int32,
      to: UInt.self)
  case "nvmlDeviceGetUtilizationRates":
    unsafe unsafeBitCast(
      nvmlDeviceGetUtilizationRates as @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt32>) -> Int32,
      to: UInt.self)
  case "nvmlDeviceGetMemoryInfo":
    unsafe unsafeBitCast(
      nvmlDeviceGetMemoryInfo as @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt64>) -> Int32,
      to: UInt.self)
  case "nvmlDeviceGetPowerUsage":
    unsafe unsafeBitCast(
      nvmlDeviceGetPowerUsage as @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt32>) -> Int32,
      to: UInt.self)
  case "nvmlDeviceGetTotalEnergyConsumption":
    unsafe unsafeBitCast(
      nvmlDeviceGetTotalEnergyConsumption
        as @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt64>) -> Int32, to: UInt.self)
  case "nvmlDeviceGetTemperature":
    unsafe unsafeBitCast(
      nvmlDeviceGetTemperature
        as @convention(c) (UnsafeMutableRawPointer?, UInt32, UnsafeMutablePointer<UInt32>) -> Int32, to: UInt.self)
  default: nil
  }
}

private let uuids = [1: "GPU-aaaa-1", 2: "GPU-bbbb-2", 11: "MIG-1"]

private func number(_ handle: UnsafeMutableRawPointer?) -> Int { unsafe handle.map { Int(bitPattern: $0) } ?? 0 }

private func nvmlInit_v2() -> Int32 { 0 }

private func nvmlDeviceGetCount_v2(_ count: UnsafeMutablePointer<UInt32>) -> Int32 {
  unsafe count.pointee = 3
  return 0
}

private func nvmlDeviceGetHandleByIndex_v2(
  _ index: UInt32, _ handle: UnsafeMutablePointer<UnsafeMutableRawPointer?>
) -> Int32 {
  // The third fell off the bus: NVML_ERROR_GPU_IS_LOST.
  if index == 2 { return 15 }
  unsafe handle.pointee = UnsafeMutableRawPointer(bitPattern: Int(index) + 1)
  return 0
}

private func nvmlDeviceGetUUID(
  _ handle: UnsafeMutableRawPointer?, _ text: UnsafeMutablePointer<CChar>, _ size: UInt32
) -> Int32 {
  guard let uuid = unsafe uuids[number(handle)], uuid.utf8.count < size else { return 2 }
  for (index, byte) in (Array(uuid.utf8) + [0]).enumerated() { unsafe text[index] = CChar(bitPattern: byte) }
  return 0
}

private func nvmlDeviceGetName(
  _ handle: UnsafeMutableRawPointer?, _ text: UnsafeMutablePointer<CChar>, _ size: UInt32
) -> Int32 {
  for (index, byte) in (Array("NVIDIA H200".utf8) + [0]).enumerated() { unsafe text[index] = CChar(bitPattern: byte) }
  return 0
}

private func nvmlDeviceGetMigMode(
  _ handle: UnsafeMutableRawPointer?, _ current: UnsafeMutablePointer<UInt32>,
  _ pending: UnsafeMutablePointer<UInt32>
) -> Int32 {
  unsafe current.pointee = unsafe number(handle) == 1 ? 1 : 0
  return 0
}

private func nvmlDeviceGetMaxMigDeviceCount(
  _ handle: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>
) -> Int32 {
  unsafe count.pointee = 3
  return 0
}

private func nvmlDeviceGetMigDeviceHandleByIndex(
  _ handle: UnsafeMutableRawPointer?, _ index: UInt32, _ instance: UnsafeMutablePointer<UnsafeMutableRawPointer?>
) -> Int32 {
  // NVML_ERROR_NOT_FOUND.
  if index != 1 { return 6 }
  unsafe instance.pointee = UnsafeMutableRawPointer(bitPattern: 11)
  return 0
}

private func nvmlDeviceGetUtilizationRates(
  _ handle: UnsafeMutableRawPointer?, _ rates: UnsafeMutablePointer<UInt32>
) -> Int32 {
  // NVML_ERROR_NOT_SUPPORTED, as instances answer.
  if unsafe number(handle) == 11 { return 3 }
  unsafe rates[0] = 75
  unsafe rates[1] = 10
  return 0
}

private func nvmlDeviceGetMemoryInfo(
  _ handle: UnsafeMutableRawPointer?, _ memory: UnsafeMutablePointer<UInt64>
) -> Int32 {
  unsafe memory[0] = 1000
  unsafe memory[1] = 600
  unsafe memory[2] = 400
  return 0
}

private func nvmlDeviceGetPowerUsage(
  _ handle: UnsafeMutableRawPointer?, _ milliwatts: UnsafeMutablePointer<UInt32>
) -> Int32 {
  unsafe milliwatts.pointee = 350_500
  return 0
}

private func nvmlDeviceGetTotalEnergyConsumption(
  _ handle: UnsafeMutableRawPointer?, _ millijoules: UnsafeMutablePointer<UInt64>
) -> Int32 {
  unsafe millijoules.pointee = 5_000_000_000_000
  return 0
}

private func nvmlDeviceGetTemperature(
  _ handle: UnsafeMutableRawPointer?, _ sensor: UInt32, _ celsius: UnsafeMutablePointer<UInt32>
) -> Int32 {
  unsafe celsius.pointee = 60
  return sensor == 0 ? 0 : 2
}
