import Glibc

/// How many files and sockets the process may have open (getrlimit(2), RLIMIT_NOFILE).
package enum OpenFileLimit {
  /// More than any server needs; some containers set a limit of a thousand million, for which some programs make tables.
  private static let useful: rlim_t = 1 << 20

  /// Raises the soft limit as far as the process may; returns what it is then.
  ///
  /// The soft limit is mostly 1,024, for programs that use select(2).
  package static func raise() throws(SystemError) -> Int {
    var limit = rlimit()
    // SAFETY: a whole rlimit that lives through both calls.
    _ = try checkedCall("getrlimit") { unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    let wanted = min(limit.rlim_max, useful)
    if limit.rlim_cur < wanted {
      limit.rlim_cur = wanted
      _ = try checkedCall("setrlimit") { unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    }
    return Int(clamping: limit.rlim_cur)
  }
}
