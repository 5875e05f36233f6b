import CSystemShims
import Glibc

/// Signals read from a descriptor instead of interrupting code (signalfd(2)).
///
/// Make it on the first thread before any other thread begins: the signals are blocked in the calling thread and in
/// every thread that it starts.
package struct SignalReader: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  package init(_ numbers: [Int32]) throws(SystemError) {
    var set = sigset_t()
    // SAFETY: the set is a local that every call gets by address.
    unsafe sigemptyset(&set)
    for number in numbers { unsafe sigaddset(&set, number) }
    let blocked = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    guard blocked == 0 else { throw SystemError(call: "pthread_sigmask", code: blocked) }
    let flags = Int32(SFD_CLOEXEC)
    descriptor = FileDescriptor(takingOwnershipOf: try checkedCall("signalfd") { unsafe signalfd(-1, &set, flags) })
  }

  package var rawValue: Int32 { descriptor.rawValue }

  /// Waits for the next of the signals and returns its number.
  package borrowing func next() throws(SystemError) -> Int32 {
    var info = signalfd_siginfo()
    let transfer = try unsafe withUnsafeMutableBytes(of: &info) { bytes throws(SystemError) in
      try unsafe descriptor.read(into: bytes)
    }
    guard case .bytes(MemoryLayout<signalfd_siginfo>.size) = transfer else {
      throw SystemError(call: "read", code: EIO)
    }
    return Int32(info.ssi_signo)
  }

  /// Lets writes to a closed peer fail with EPIPE instead of ending the process.
  package static func ignoreBrokenPipes() throws(SystemError) {
    _ = try checkedCall("sigaction") { CSystemShims_ignore_signal(SIGPIPE) }
  }
}
