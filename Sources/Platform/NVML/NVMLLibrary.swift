import Glibc
import Synchronization
package import System

/// NVIDIA's management library, loaded at run time.
///
/// Its calls may be made from any thread. Each call is looked up by name when the library is loaded, so that one that an old
/// driver lacks is an error of that call alone and not of the program.
@safe
package final class NVMLLibrary: @unchecked Sendable {  // the symbols do not change; the mutex guards the costs
  private let symbols: [NVMLCall: UnsafeMutableRawPointer]
  private let costs = Mutex<[NVMLCall: NVMLCallCost]>([:])
  private let longProcessInfo = Atomic(false)

  /// Loads the library; it is never unloaded.
  ///
  /// - Parameter path: a file, or a name that the loader looks for (dlopen(3)).
  package init(path: String) throws(NVMLLoadFailure) {
    // RTLD_NOW: what the library itself lacks is an error here and does not end the process later.
    guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      // SAFETY: dlerror gives a C string or NULL, valid until the next call in this thread.
      let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown reason"
      throw NVMLLoadFailure(path: path, reason: reason)
    }
    var symbols: [NVMLCall: UnsafeMutableRawPointer] = unsafe [:]
    for call in NVMLCall.allCases {
      // SAFETY: the handle is open and the name is a C string during the call.
      if let symbol = unsafe dlsym(handle, call.rawValue) { unsafe symbols[call] = symbol }
    }
    guard unsafe symbols[.initialize] != nil else {
      throw NVMLLoadFailure(path: path, reason: "it has no \(NVMLCall.initialize.rawValue)")
    }
    unsafe self.symbols = symbols
  }

  /// Whether the library has a call.
  package func has(_ call: NVMLCall) -> Bool { unsafe symbols[call] != nil }

  /// Whether the driver is one of those that write a longer structure than their call's version says.
  var hasLongProcessInfo: Bool { longProcessInfo.load(ordering: .relaxed) }

  /// Notes what is known of a driver; it is asked for when the library is initialised.
  ///
  /// Drivers 535.43 to 535.98 changed `nvmlProcessInfo_t` without another version (NVIDIA/go-nvml#75).
  func note(driverVersion: String) {
    let parts = driverVersion.split(separator: ".").map { Int($0) ?? 0 }
    longProcessInfo.store(parts.count > 1 && parts[0] == 535 && parts[1] < 104, ordering: .relaxed)
  }

  /// How often each call was made and how long it took, of all threads.
  package var callCosts: [NVMLCall: NVMLCallCost] { costs.withLock { $0 } }

  /// Makes a call and throws what it returns unless that is success.
  ///
  /// - Parameters:
  ///   - signature: the call's C type, which MUST be the library's.
  ///   - monitor: notes the call as long as it runs.
  func perform<Signature>(
    _ call: NVMLCall, _ signature: Signature.Type, _ monitor: NVMLCallMonitor, _ body: (Signature) -> UInt32
  ) throws(NVMLFailure) {
    guard let symbol = unsafe symbols[call] else { throw NVMLFailure(call, .missingSymbol) }
    // SAFETY: the signatures are those of NVIDIA's reference for the versioned names that NVMLCall lists.
    let function = unsafe unsafeBitCast(symbol, to: signature)
    let began = Instant.now
    monitor.begin(call, at: began)
    let code = body(function)
    monitor.end()
    let duration = Instant.now - began
    costs.withLock { $0[call, default: NVMLCallCost()].add(duration) }
    guard code == 0 else { throw NVMLFailure(call, NVMLResult(code)) }
  }
}

/// The library of the driver could not be loaded.
package struct NVMLLoadFailure: Error, Sendable, CustomStringConvertible {
  package let path: String
  package let reason: String

  package var description: String {
    "NVIDIA's management library \(path) cannot be loaded: \(reason). Install the driver's utilities, or in a container "
      + "let its run-time pass the driver on."
  }
}

/// What the calls of one name have cost.
package struct NVMLCallCost: Sendable, Equatable {
  package private(set) var count = 0
  package private(set) var duration = Duration.zero
  package private(set) var longest = Duration.zero

  mutating func add(_ duration: Duration) {
    count += 1
    self.duration += duration
    longest = max(longest, duration)
  }
}

/// Which call a thread is in, for those who watch it.
///
/// A call into a driver that hangs cannot be ended; others can see since when it has lasted.
package final class NVMLCallMonitor: Sendable {
  private let running = Mutex<RunningNVMLCall?>(nil)

  package init() {}

  /// The call that has not returned yet.
  package var call: RunningNVMLCall? { running.withLock { $0 } }

  func begin(_ call: NVMLCall, at time: Instant) { running.withLock { $0 = RunningNVMLCall(call: call, since: time) } }
  func end() { running.withLock { $0 = nil } }
}

/// A call that has not returned, and when it began.
package struct RunningNVMLCall: Sendable, Equatable {
  package let call: NVMLCall
  package let since: Instant
}
