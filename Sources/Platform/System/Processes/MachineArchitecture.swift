import Glibc

/// The machine's architecture as the kernel calls it, such as `x86_64` (uname(2)).
package func machineArchitecture() -> String {
  var names = utsname()
  // SAFETY: the call fills the local struct, whose fields end with a zero.
  guard unsafe uname(&names) == 0 else { return "" }
  return unsafe withUnsafeBytes(of: &names.machine) { bytes in
    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
