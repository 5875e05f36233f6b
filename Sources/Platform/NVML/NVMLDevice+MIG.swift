import CNVML

/// What a MIG device may use.
package struct NVMLAttributes: Sendable, Equatable {
  package let multiprocessorCount: UInt32
  package let gpuInstanceSliceCount: UInt32
  package let computeInstanceSliceCount: UInt32
  package let memoryMebibytes: UInt64
}

extension NVMLDevice {
  /// Whether the GPU is in MIG mode now, and whether it will be after the next reset.
  package func migMode() throws(NVMLFailure) -> (current: Bool, pending: Bool) {
    let (current, pending) = try numbers(.migMode)
    return (current == 1, pending == 1)
  }

  package func migCountMax() throws(NVMLFailure) -> Int { Int(try number(.migCountMax)) }

  /// The MIG device at an index; throws `notFound` for an index that is not used.
  package func migDevice(at index: Int) throws(NVMLFailure) -> NVMLDevice {
    var found: OpaquePointer?
    typealias Signature = @convention(c) (OpaquePointer, UInt32, UnsafeMutablePointer<OpaquePointer?>) -> UInt32
    try unsafe perform(.migByIndex, Signature.self) { unsafe $0($1, UInt32(index), &found) }
    guard let found = unsafe found else { throw NVMLFailure(.migByIndex, .notFound) }
    return unsafe NVMLDevice(handle: found, session: session)
  }

  package func gpuInstanceID() throws(NVMLFailure) -> UInt32 { try number(.gpuInstanceID) }
  package func computeInstanceID() throws(NVMLFailure) -> UInt32 { try number(.computeInstanceID) }

  package func attributes() throws(NVMLFailure) -> NVMLAttributes {
    var attributes = CNVML_DeviceAttributes()
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CNVML_DeviceAttributes>) -> UInt32
    try unsafe perform(.attributes, Signature.self) { unsafe $0($1, &attributes) }
    return NVMLAttributes(
      multiprocessorCount: attributes.multiprocessor_count,
      gpuInstanceSliceCount: attributes.gpu_instance_slice_count,
      computeInstanceSliceCount: attributes.compute_instance_slice_count,
      memoryMebibytes: attributes.memory_size_mib)
  }
}

// MARK: Processes

/// A process that has a context on a device.
package struct NVMLProcess: Sendable, Hashable {
  package let pid: UInt32
  /// Bytes; nil where the driver does not know, as in a container without the host's PIDs.
  package let usedMemory: UInt64?
  /// Nil for a process on the whole GPU.
  package let gpuInstance: UInt32?
  package let computeInstance: UInt32?
}

extension NVMLDevice {
  /// Processes that compute.
  ///
  /// It is the slowest of the calls that this program makes: some milliseconds.
  package func computeProcesses() throws(NVMLFailure) -> [NVMLProcess] {
    try processes(usesThirdVersion ? .computeProcesses : .computeProcessesV2)
  }

  /// Processes that draw.
  package func graphicsProcesses() throws(NVMLFailure) -> [NVMLProcess] {
    try processes(usesThirdVersion ? .graphicsProcesses : .graphicsProcessesV2)
  }

  /// The third version and the second fill the same structure, but not in the first drivers of 535: there the third
  /// writes a longer one.
  private var usesThirdVersion: Bool {
    session.library.has(.computeProcesses) && !session.library.hasLongProcessInfo
  }

  /// How many processes of a device are read at most; MPS allows 48 clients, time slicing has no bound.
  private static let processCountMax = 4096
  /// Processes may come between the question for the size and the list.
  private static let attemptCountMax = 4

  private func processes(_ call: NVMLCall) throws(NVMLFailure) -> [NVMLProcess] {
    var room = 0
    for _ in 0..<Self.attemptCountMax {
      var count = UInt32(room)
      do throws(NVMLFailure) {
        return try list(call, room: room, &count)
      } catch {
        guard error.code == .insufficientSize, Int(count) <= Self.processCountMax else { throw error }
        room = min(Self.processCountMax, Int(count) * 2 + 8)
      }
    }
    throw NVMLFailure(call, .insufficientSize)
  }

  private func list(_ call: NVMLCall, room: Int, _ count: inout UInt32) throws(NVMLFailure) -> [NVMLProcess] {
    var list = [CNVML_ProcessInfo](repeating: CNVML_ProcessInfo(), count: room)
    typealias Signature =
      @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<CNVML_ProcessInfo>?) -> UInt32
    try unsafe perform(call, Signature.self) { function, handle in
      // SAFETY: `count` says how many elements the array has; without any the call is asked for the size only.
      unsafe list.withUnsafeMutableBufferPointer { unsafe function(handle, &count, room == 0 ? nil : $0.baseAddress) }
    }
    return list.prefix(Int(count)).map { info in
      NVMLProcess(
        pid: info.pid, usedMemory: info.used_memory == .max ? nil : info.used_memory,
        gpuInstance: info.gpu_instance_id == .max ? nil : info.gpu_instance_id,
        computeInstance: info.compute_instance_id == .max ? nil : info.compute_instance_id)
    }
  }
}
