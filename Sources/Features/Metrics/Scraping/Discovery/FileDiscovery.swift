import Synchronization
import System

/// Targets from files, which are read again when they change.
final class FileDiscovery: TargetDiscovery {
  /// How often the files are looked at: a stat each.
  ///
  /// Prometheus is notified by the kernel; a look every few seconds also sees changes of network file systems.
  private static let lookInterval = Duration.seconds(5)

  let interval: Duration
  private let patterns: [String]
  private let files = Mutex<[String: KnownFile]>([:])

  private struct KnownFile {
    var version: Version?
    var groups: [TargetGroup]
    var problem: String?
  }

  private struct Version: Equatable {
    let identity: FileStatus.Identity
    let sizeBytes: Int
    let modifiedAt: Int64
  }

  init(patterns: [String], refreshInterval: Duration) {
    self.patterns = patterns
    interval = min(refreshInterval, Self.lookInterval)
  }

  func refresh() -> DiscoveredTargets {
    files.withLock { files in
      var problems: [String] = []
      var paths: [String] = []
      for pattern in patterns {
        do throws(SystemError) {
          paths += try FilePattern.paths(pattern)
        } catch {
          problems.append("the files '\(pattern)' cannot be listed: \(error)")
        }
      }
      // A folder that cannot be listed now may still hold its files.
      if problems.isEmpty { files = files.filter { paths.contains($0.key) } }
      for path in paths { Self.read(path, &files[path, default: KnownFile(groups: [])]) }
      let known = files.sorted { $0.key < $1.key }.map(\.value)
      return DiscoveredTargets(groups: known.flatMap(\.groups), problems: problems + known.compactMap(\.problem))
    }
  }

  /// Reads a file that has changed.
  ///
  /// One that cannot be read keeps the targets that it gave last.
  private static func read(_ path: String, _ file: inout KnownFile) {
    do {
      let status = try File.status(path)
      let version = Version(
        identity: status.identity, sizeBytes: status.sizeBytes, modifiedAt: status.modifiedAt)
      guard version != file.version else { return }
      file.version = version
      file.groups = try TargetFile.read(try File.read(path, sizeMax: TargetFile.bytesMax), path: path)
      file.problem = nil
    } catch {
      file.problem = "\(path): \(error); its targets stay as they were"
    }
  }
}
