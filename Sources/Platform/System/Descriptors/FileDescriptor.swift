import CSystemShims
import Glibc

/// The one owner of an open descriptor; closes it when it goes.
package struct FileDescriptor: ~Copyable, Sendable {
  /// The number the kernel knows it by; valid as long as this value lives.
  package let rawValue: Int32

  package init(takingOwnershipOf rawValue: Int32) {
    precondition(rawValue >= 0, "not a descriptor: \(rawValue)")
    self.rawValue = rawValue
  }

  deinit {
    // close(2): on Linux the descriptor is gone even when EINTR is returned, so it is never repeated.
    _ = Glibc.close(rawValue)
  }

  /// Gives the number away unclosed.
  package consuming func release() -> Int32 {
    let number = rawValue
    discard self
    return number
  }

  /// read(2) into a buffer.
  package borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Transfer {
    let number = rawValue
    // SAFETY: the buffer's base and count describe memory that the caller owns during the call.
    return try checkedTransfer("read") { unsafe Glibc.read(number, buffer.baseAddress, buffer.count) }
  }

  /// write(2) from a buffer; may take only part of it.
  package borrowing func write(_ buffer: UnsafeRawBufferPointer) throws(SystemError) -> Transfer {
    let number = rawValue
    // SAFETY: the buffer's base and count describe memory that the caller owns during the call.
    return try checkedTransfer("write") { unsafe Glibc.write(number, buffer.baseAddress, buffer.count) }
  }

  /// Reads at most this many bytes; empty at the end of the stream, nil when there are none now.
  package borrowing func read(countMax: Int) throws(SystemError) -> [UInt8]? {
    let number = rawValue
    var transfer = Transfer.wouldBlock
    var failure: SystemError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: countMax) { buffer, count in
      do throws(SystemError) {
        // SAFETY: the array lends countMax bytes; the kernel fills as many as the result says.
        transfer = try checkedTransfer("read") { unsafe Glibc.read(number, buffer.baseAddress, countMax) }
        if case .bytes(let read) = transfer { count = read }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return transfer == .wouldBlock ? nil : bytes
  }

  /// Writes from an array; may take only part of it.
  package borrowing func write(_ bytes: [UInt8]) throws(SystemError) -> Transfer {
    let number = rawValue
    // SAFETY: the array's memory lives during the call.
    return try checkedTransfer("write") {
      unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
    }
  }

  /// fsync(2): waits until the data is on the device.
  package borrowing func synchronize() throws(SystemError) {
    let number = rawValue
    _ = try checkedCall("fsync") { fsync(number) }
  }
}
