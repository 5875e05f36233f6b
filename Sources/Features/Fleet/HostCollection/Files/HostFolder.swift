import Collection
import System

/// A folder of sysfs(5) with a folder for each device.
enum HostFolder {
  /// More than machines have; the rest is left out.
  static let entryCountMax = 4096

  /// The first names in it, sorted so that numbers ascend.
  static func entries(_ path: String) throws(CollectionProblem) -> [String] {
    try names(path).prefix(entryCountMax).sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
  }

  /// All names in it.
  static func names(_ path: String) throws(CollectionProblem) -> [String] {
    do throws(SystemError) {
      return try File.entries(ofDirectory: path)
    } catch {
      throw CollectionProblem(path, .system(error))
    }
  }

  /// The number in a name such as `zone0`; nil where the rest is anything else.
  static func number(_ name: String, after prefix: String) -> Substring? {
    guard name.hasPrefix(prefix) else { return nil }
    let number = name.dropFirst(prefix.count)
    return !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) } ? number : nil
  }
}

/// The files of devices that come and go, by their paths; they stay open as long as they are read.
final class HostFiles {
  /// Files that stay open, of the few hundred that are kept for the store; others are opened for each reading.
  private static let openCountMax = 32

  private let buffer: HostFileBuffer
  private var files: [String: HostFile] = [:]
  private var used: Set<String> = []

  init(_ buffer: HostFileBuffer) { self.buffer = buffer }

  func read(_ path: String) throws(CollectionProblem) -> HostFileText {
    if let file = files[path] {
      used.insert(path)
      return try file.read()
    }
    let file = HostFile(path, buffer)
    let text = try file.read()
    if files.count < Self.openCountMax {
      files[path] = file
      used.insert(path)
    }
    return text
  }

  /// The number in a file; nil where it cannot be read or has none, as with many of sysfs.
  func number(_ path: String) -> Double? { try? read(path).number }

  /// The text in a file; nil where it cannot be read.
  func string(_ path: String) -> String? { try? read(path).string }

  /// Closes those that were not read since the last call.
  func closeUnused() {
    if used.count < files.count { files = files.filter { used.contains($0.key) } }
    used.removeAll(keepingCapacity: true)
  }
}
