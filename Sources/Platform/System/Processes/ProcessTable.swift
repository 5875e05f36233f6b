import Glibc

/// The processes of this machine, as far as this user may see them (proc(5)).
package enum ProcessTable {
  /// One process.
  package struct Entry: Sendable {
    package let id: Int32
    /// Its real user.
    package let userID: UInt32
    /// Its command line, the program's name first.
    package let arguments: [String]
  }

  /// Every process but this one.
  ///
  /// Those that end meanwhile are left out.
  package static func all() throws(SystemError) -> [Entry] {
    let own = getpid()
    var entries: [Entry] = []
    for name in try File.entries(ofDirectory: "/proc") {
      guard let id = Int32(name), id != own, let status = try? File.status("/proc/\(id)"),
        let line = try? File.read("/proc/\(id)/cmdline", sizeMax: 1 << 20)
      else { continue }
      // Each word ends with a zero.
      let words = line.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      let arguments = words.map { String(decoding: $0, as: UTF8.self) }
      entries.append(Entry(id: id, userID: status.userID, arguments: arguments))
    }
    return entries.sorted { $0.id < $1.id }
  }

  /// An open file of another process.
  package struct OpenFile: Sendable {
    /// The path as that process sees it.
    package let path: String
    /// Whether the same file is at that path for this process; not so in another container.
    package let isSameHere: Bool
  }

  /// The open files of a process whose names end in a text; nil when this user may not see them.
  package static func openFiles(of id: Int32, named name: String) -> [OpenFile]? {
    let folder = "/proc/\(id)/fd"
    guard let descriptors = try? File.entries(ofDirectory: folder) else { return nil }
    return descriptors.compactMap { descriptor in
      guard let path = try? File.target(ofLink: "\(folder)/\(descriptor)"), path.hasSuffix("/" + name) else {
        return nil
      }
      let there = try? File.status("\(folder)/\(descriptor)")
      let here = try? File.status(path)
      return OpenFile(path: path, isSameHere: there != nil && there?.identity == here?.identity)
    }
  }
}
