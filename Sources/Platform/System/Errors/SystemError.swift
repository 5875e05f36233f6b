import CSystemShims
import Glibc

/// A system call that failed, with the name of its errno value.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The failed call as in the manual's section 2 or 3, for example `bind`.
  package let call: String
  /// The errno value.
  package let code: Int32

  package init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  /// The name of the errno value, for example `EADDRINUSE`.
  package var name: String {
    // SAFETY: strerrorname_np returns null or a constant C string.
    guard let name = unsafe CSystemShims_errno_name(code) else { return "errno \(code)" }
    return unsafe String(cString: name)
  }

  package var description: String {
    let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer -> String in
      // SAFETY: the XSI variant of strerror_r, which Swift imports, fills the buffer with a C string.
      guard let base = buffer.baseAddress, unsafe strerror_r(code, base, buffer.count) == 0 else { return "" }
      return unsafe String(cString: base)
    }
    return "\(call): \(text) (\(name))"
  }
}

extension SystemError {
  /// Whether somebody has the address already (bind(2), listen(2)).
  package var isAddressInUse: Bool { code == EADDRINUSE }
}

extension SystemError {
  /// Whether there is nothing at the path (open(2)).
  package var isNoSuchFile: Bool { code == ENOENT }
}

extension SystemError {
  /// Whether something is at the path already (open(2)).
  package var isExisting: Bool { code == EEXIST }
}

extension SystemError {
  /// Whether the file system is full (write(2)).
  package var isNoSpace: Bool { code == ENOSPC }
}

/// What a transfer on a non-blocking descriptor came to.
package enum Transfer: Hashable, Sendable {
  /// This many bytes were moved; 0 from a read means the end of the stream.
  case bytes(Int)
  /// The kernel has no bytes or no room now.
  case wouldBlock
}

/// Calls until the result is not EINTR; a negative result becomes an error.
///
/// Not inlined, and errno is read in the same expression, so that no reference counting runs between call and read.
@inline(never)
package func checkedCall(_ name: StaticString, _ body: () -> Int32) throws(SystemError) -> Int32 {
  while true {
    let result = body()
    if result >= 0 { return result }
    let code = errno
    if code == EINTR { continue }
    throw SystemError(call: "\(name)", code: code)
  }
}

/// Calls a transfer until it is not interrupted; would-block is a value, any other failure an error.
@inline(never)
package func checkedTransfer(_ name: StaticString, _ body: () -> Int) throws(SystemError) -> Transfer {
  while true {
    let result = body()
    if result >= 0 { return .bytes(result) }
    let code = errno
    if code == EAGAIN || code == EWOULDBLOCK { return .wouldBlock }
    if code == EINTR { continue }
    throw SystemError(call: "\(name)", code: code)
  }
}
