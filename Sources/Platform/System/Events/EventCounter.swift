import CSystemShims
import Glibc

/// An eventfd(2): wakes a waiter from any thread.
package struct EventCounter: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  package init() throws(SystemError) {
    let flags = Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC)
    descriptor = FileDescriptor(takingOwnershipOf: try checkedCall("eventfd") { eventfd(0, flags) })
  }

  package var rawValue: Int32 { descriptor.rawValue }

  /// Makes the descriptor readable.
  ///
  /// Cannot fail: the counter holds 2^64 - 2 signals.
  package borrowing func signal() {
    var one: UInt64 = 1
    // SAFETY: eight bytes of a local are written out.
    _ = unsafe withUnsafeBytes(of: &one) { unsafe Glibc.write(descriptor.rawValue, $0.baseAddress, $0.count) }
  }

  /// Takes all signals off.
  package borrowing func reset() {
    var count: UInt64 = 0
    // SAFETY: eight bytes are read into a local; would-block means that there was none.
    _ = unsafe withUnsafeMutableBytes(of: &count) { unsafe Glibc.read(descriptor.rawValue, $0.baseAddress, $0.count) }
  }
}
