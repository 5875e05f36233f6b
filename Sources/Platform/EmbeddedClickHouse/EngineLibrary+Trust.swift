import Glibc

extension EngineLibrary {
  /// Why a library must not be loaded; nil when only root and the user of this process can have put it there.
  ///
  /// The file and every directory above it count: who may write one of them can exchange the code that is loaded.
  /// Directories that hold the executable as well are passed over, since who may write those can exchange the program
  /// itself; so is its owner trusted.
  static func reasonNotToTrust(_ path: String, executable: String) -> String? {
    let owners: Set<UInt32> = [0, geteuid(), status(executable)?.st_uid ?? 0]
    var place = resolved(path)
    let program = resolved(executable)
    var isFile = true
    while !place.isEmpty {
      if !isFile, program.hasPrefix(place + "/") { return nil }
      guard let found = status(place) else { return "\(place) cannot be examined" }
      guard owners.contains(found.st_uid) else { return "\(place) belongs to another user (\(found.st_uid))" }
      // In a sticky directory such as /tmp, others may add entries but not exchange ours (chmod(2), S_ISVTX).
      let isSticky = !isFile && found.st_mode & S_ISVTX != 0
      if !isSticky, found.st_mode & S_IWOTH != 0 { return "\(place) can be written by every user" }
      if !isSticky, found.st_mode & S_IWGRP != 0, ![0, getegid()].contains(found.st_gid) {
        return "\(place) can be written by a group of users (\(found.st_gid))"
      }
      place = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
      isFile = false
    }
    return nil
  }

  private static func status(_ path: String) -> stat? {
    var found = stat()
    // SAFETY: a whole stat that lives through the call.
    return unsafe stat(path, &found) == 0 ? found : nil
  }

  /// The path with links resolved (realpath(3)).
  private static func resolved(_ path: String) -> String {
    // SAFETY: realpath gives a C string from malloc or NULL; it is copied before it is freed.
    guard let text = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(text) }
    return unsafe String(cString: text)
  }
}
