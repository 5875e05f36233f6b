import CNVML

/// A GPU, or a MIG device, of the library.
@safe
package struct NVMLDevice: @unchecked Sendable {  // the library lets every thread use its handles
  let handle: OpaquePointer
  package let session: NVMLSession

  init(handle: OpaquePointer, session: NVMLSession) {
    unsafe self.handle = handle
    self.session = session
  }

  /// The same for the same device, as long as the library is initialised.
  package var key: UInt { unsafe UInt(bitPattern: handle) }

  /// The same device for the calls of another thread.
  package func used(by session: NVMLSession) -> NVMLDevice { unsafe NVMLDevice(handle: handle, session: session) }

  func perform<Signature>(
    _ call: NVMLCall, _ signature: Signature.Type, _ body: (Signature, OpaquePointer) -> UInt32
  ) throws(NVMLFailure) {
    try session.library.perform(call, signature, session.monitor) { unsafe body($0, handle) }
  }

  /// A call of the form (device, *value).
  func number(_ call: NVMLCall) throws(NVMLFailure) -> UInt32 {
    var value: UInt32 = 0
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt32>) -> UInt32
    try unsafe perform(call, Signature.self) { unsafe $0($1, &value) }
    return try available(value, call)
  }

  /// A call of the form (device, which, *value).
  func number(_ call: NVMLCall, _ which: UInt32) throws(NVMLFailure) -> UInt32 {
    var value: UInt32 = 0
    typealias Signature = @convention(c) (OpaquePointer, UInt32, UnsafeMutablePointer<UInt32>) -> UInt32
    try unsafe perform(call, Signature.self) { unsafe $0($1, which, &value) }
    return try available(value, call)
  }

  /// A call of the form (device, *first, *second).
  func numbers(_ call: NVMLCall) throws(NVMLFailure) -> (UInt32, UInt32) {
    var first: UInt32 = 0
    var second: UInt32 = 0
    typealias Signature =
      @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>) -> UInt32
    try unsafe perform(call, Signature.self) { unsafe $0($1, &first, &second) }
    return (first, second)
  }

  /// A call of the form (device, *value) with 64 bits.
  func longNumber(_ call: NVMLCall) throws(NVMLFailure) -> UInt64 {
    var value: UInt64 = 0
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt64>) -> UInt32
    try unsafe perform(call, Signature.self) { unsafe $0($1, &value) }
    guard value != .max else { throw NVMLFailure(call, .notAvailable) }
    return value
  }

  func text(_ call: NVMLCall, sizeMax: Int) throws(NVMLFailure) -> String {
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CChar>, UInt32) -> UInt32
    return try unsafe NVMLSession.text(sizeMax) { buffer, size throws(NVMLFailure) in
      try unsafe perform(call, Signature.self) { unsafe $0($1, buffer, size) }
    }
  }

  /// All bits set stand for "no value" (nvmlReturn_t says success then).
  private func available(_ value: UInt32, _ call: NVMLCall) throws(NVMLFailure) -> UInt32 {
    guard value != .max else { throw NVMLFailure(call, .notAvailable) }
    return value
  }
}

// MARK: Identity

extension NVMLDevice {
  package func name() throws(NVMLFailure) -> String { try text(.name, sizeMax: CNVML_NAME_SIZE) }
  package func uuid() throws(NVMLFailure) -> String { try text(.uuid, sizeMax: CNVML_UUID_SIZE) }
  package func serial() throws(NVMLFailure) -> String { try text(.serial, sizeMax: CNVML_SERIAL_SIZE) }
  package func vbiosVersion() throws(NVMLFailure) -> String { try text(.vbiosVersion, sizeMax: CNVML_VBIOS_SIZE) }
  /// The N of `/dev/nvidiaN`.
  package func minorNumber() throws(NVMLFailure) -> Int { Int(try number(.minorNumber)) }

  /// Domain, bus, device and function, in the kernel's form: `0000:83:00.0`.
  package func pciBusID() throws(NVMLFailure) -> String {
    var info = CNVML_PCIInfo()
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CNVML_PCIInfo>) -> UInt32
    try unsafe perform(.pciInfo, Signature.self) { unsafe $0($1, &info) }
    return "\(Self.hexadecimal(info.domain, 4)):\(Self.hexadecimal(info.bus, 2)):\(Self.hexadecimal(info.device, 2)).0"
  }

  private static func hexadecimal(_ number: UInt32, _ width: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  package func architecture() throws(NVMLFailure) -> NVMLArchitecture {
    NVMLArchitecture(rawValue: try number(.architecture))
  }

  /// For example 9.0.
  package func computeCapability() throws(NVMLFailure) -> String {
    let (major, minor) = try numbers(.computeCapability)
    return "\(major).\(minor)"
  }

  /// The node of memory beside the GPU.
  package func numaNode() throws(NVMLFailure) -> Int {
    let node = Int32(bitPattern: try number(.numaNode))
    guard node >= 0 else { throw NVMLFailure(.numaNode, .notAvailable) }
    return Int(node)
  }
}

/// A generation of NVIDIA's GPUs, `nvmlDeviceArchitecture_t`.
package struct NVMLArchitecture: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package var description: String {
    switch rawValue {
    case 2: "Kepler"
    case 3: "Maxwell"
    case 4: "Pascal"
    case 5: "Volta"
    case 6: "Turing"
    case 7: "Ampere"
    case 8: "Ada"
    case 9: "Hopper"
    case 10: "Blackwell"
    case 13: "Rubin"
    default: "architecture \(rawValue)"
    }
  }
}
