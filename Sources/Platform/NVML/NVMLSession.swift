import CNVML

/// The library as one thread uses it.
package struct NVMLSession: Sendable {
  package let library: NVMLLibrary
  package let monitor: NVMLCallMonitor

  package init(_ library: NVMLLibrary, _ monitor: NVMLCallMonitor) {
    self.library = library
    self.monitor = monitor
  }

  /// Prepares the library; each call is met by one ``shutdown()``.
  package func initialize() throws(NVMLFailure) {
    try library.perform(.initialize, (@convention(c) () -> UInt32).self, monitor) { $0() }
    // A driver that does not know its version is none of those whose version matters.
    if let version = try? driverVersion() { library.note(driverVersion: version) }
  }

  package func shutdown() throws(NVMLFailure) {
    try library.perform(.shutdown, (@convention(c) () -> UInt32).self, monitor) { $0() }
  }

  package func driverVersion() throws(NVMLFailure) -> String { try text(.driverVersion, sizeMax: CNVML_VERSION_SIZE) }
  package func libraryVersion() throws(NVMLFailure) -> String { try text(.libraryVersion, sizeMax: CNVML_VERSION_SIZE) }

  /// The newest CUDA that the driver runs, for example 13.1.
  package func cudaVersion() throws(NVMLFailure) -> String {
    var number: Int32 = 0
    try unsafe library.perform(.cudaVersion, (@convention(c) (UnsafeMutablePointer<Int32>) -> UInt32).self, monitor) {
      unsafe $0(&number)
    }
    return "\(number / 1000).\(number % 1000 / 10)"
  }

  /// The GPUs that the driver shows, in its order.
  ///
  /// A GPU that cannot be opened is left out, as are those beyond `countMax`.
  package func devices(countMax: Int) throws(NVMLFailure) -> [NVMLDevice] {
    var count: UInt32 = 0
    try unsafe library.perform(.deviceCount, (@convention(c) (UnsafeMutablePointer<UInt32>) -> UInt32).self, monitor) {
      unsafe $0(&count)
    }
    var devices: [NVMLDevice] = []
    for index in 0..<UInt32(min(Int(count), countMax)) {
      if let device = try? device(at: index) { devices.append(device) }
    }
    return devices
  }

  private func device(at index: UInt32) throws(NVMLFailure) -> NVMLDevice {
    var handle: OpaquePointer?
    typealias Signature = @convention(c) (UInt32, UnsafeMutablePointer<OpaquePointer?>) -> UInt32
    try unsafe library.perform(.deviceByIndex, Signature.self, monitor) { unsafe $0(index, &handle) }
    guard let handle = unsafe handle else { throw NVMLFailure(.deviceByIndex, .notAvailable) }
    return unsafe NVMLDevice(handle: handle, session: self)
  }

  private func text(_ call: NVMLCall, sizeMax: Int) throws(NVMLFailure) -> String {
    typealias Signature = @convention(c) (UnsafeMutablePointer<CChar>, UInt32) -> UInt32
    return try unsafe Self.text(sizeMax) { buffer, size throws(NVMLFailure) in
      try unsafe library.perform(call, Signature.self, monitor) { unsafe $0(buffer, size) }
    }
  }

  /// The C string that a call writes into a buffer.
  static func text(
    _ sizeMax: Int, _ fill: (UnsafeMutablePointer<CChar>, UInt32) throws(NVMLFailure) -> Void
  ) throws(NVMLFailure) -> String {
    let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: sizeMax + 1)
    unsafe buffer.initialize(repeating: 0, count: sizeMax + 1)
    defer { unsafe buffer.deallocate() }
    try unsafe fill(buffer, UInt32(sizeMax))
    // SAFETY: the call knows of sizeMax bytes; the one after them stays zero.
    return unsafe String(cString: buffer)
  }
}
