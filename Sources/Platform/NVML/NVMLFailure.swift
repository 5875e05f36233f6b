/// A call of the library that gave no value, and why.
package struct NVMLFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The call's exported name.
  package let call: NVMLCall
  package let code: NVMLResult

  package init(_ call: NVMLCall, _ code: NVMLResult) {
    self.call = call
    self.code = code
  }

  package var description: String { "\(call.rawValue): \(code)" }
}

/// What the library's calls return, `nvmlReturn_t`, and two results of our own.
package enum NVMLResult: Hashable, Sendable, CustomStringConvertible {
  case success
  case uninitialized
  case invalidArgument
  case notSupported
  case noPermission
  case notFound
  case insufficientSize
  case driverNotLoaded
  case timeout
  case gpuLost
  case resetRequired
  case versionMismatch
  /// The library does not have the call.
  case missingSymbol
  /// The call succeeded with a value that stands for none.
  case notAvailable
  case other(UInt32)

  init(_ code: UInt32) {
    self =
      switch code {
      case 0: .success
      case 1: .uninitialized
      case 2: .invalidArgument
      case 3: .notSupported
      case 4: .noPermission
      case 6: .notFound
      case 7: .insufficientSize
      case 9: .driverNotLoaded
      case 10: .timeout
      case 13: .missingSymbol
      case 15: .gpuLost
      case 16: .resetRequired
      case 25: .versionMismatch
      default: .other(code)
      }
  }

  package var description: String {
    switch self {
    case .success: "success"
    case .uninitialized: "the library was not initialised"
    case .invalidArgument: "invalid argument"
    case .notSupported: "not supported by the device"
    case .noPermission: "no permission"
    case .notFound: "not found"
    case .insufficientSize: "the room is too small"
    case .driverNotLoaded: "the driver is not loaded"
    case .timeout: "timed out"
    case .gpuLost: "the GPU has fallen off the bus"
    case .resetRequired: "the GPU needs a reset"
    case .versionMismatch: "the driver does not know this version of the structure"
    case .missingSymbol: "the driver's library does not have the call"
    case .notAvailable: "the driver has no value"
    case .other(let code): "error \(code)"
    }
  }

  /// Whether the driver under the library has gone, so that it has to be loaded anew.
  package var isDriverGone: Bool { self == .driverNotLoaded || self == .uninitialized }
}
