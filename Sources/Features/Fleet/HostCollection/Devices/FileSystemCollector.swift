import Collection
import SeriesBytes
import System

/// How full file systems are: `/proc/1/mountinfo` and statvfs(3).
final class FileSystemCollector: Collector {
  let name = "filesystem"
  private let roots: HostRoots
  private let tables: [HostFile]
  private let reader: FileSystemReader

  private static func family(_ name: String, _ help: String) -> CollectedFamily {
    CollectedFamily("node_filesystem_\(name)", .gauge, help, labelNames: ["device", "fstype", "mountpoint"])
  }

  private static let size = family("size_bytes", "Size of a file system.")
  private static let free = family("free_bytes", "Free bytes, those kept for root included.")
  private static let available = family("avail_bytes", "Free bytes for ordinary users.")
  private static let files = family("files", "How many files there may be; 0 where there is no bound.")
  private static let filesFree = family("files_free", "How many files there may be further.")
  private static let readOnly = family("readonly", "Whether nothing can be written.")
  private static let deviceError = family("device_error", "Whether the file system could not be asked.")

  init(_ roots: HostRoots, _ buffer: HostFileBuffer, reader: FileSystemReader = FileSystemReader()) {
    self.roots = roots
    self.reader = reader
    // The first process has the machine's mounts; only root may see them where the process is in another namespace.
    tables = ["1", "self"].map { HostFile("\(roots.proc)/\($0)/mountinfo", buffer) }
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    let mounts = try mounts()
    let outcomes: [FileSystemReader.Outcome]
    do throws(SystemError) {
      outcomes = try reader.read(mounts.map { path($0) })
    } catch {
      throw CollectionProblem("the thread that asks file systems", .system(error))
    }
    for (mount, outcome) in zip(mounts, outcomes) {
      let labels = [mount.device, mount.type, mount.point]
      var isFailed = true
      switch outcome {
      case .statistics(let statistics):
        isFailed = false
        collected.append(Self.size, labels: labels, statistics.totalBytes)
        collected.append(Self.free, labels: labels, statistics.freeBytes)
        collected.append(Self.available, labels: labels, statistics.availableBytes)
        collected.append(Self.files, labels: labels, statistics.files)
        collected.append(Self.filesFree, labels: labels, statistics.freeFiles)
      case .failed(let error): collected.note(CollectionProblem(path(mount), .system(error)))
      case .stuck: collected.note(CollectionProblem(path(mount), .unavailable("the file system does not respond")))
      }
      collected.append(Self.readOnly, labels: labels, mount.isReadOnly ? 1 : 0)
      collected.append(Self.deviceError, labels: labels, isFailed ? 1 : 0)
    }
  }

  private func mounts() throws(CollectionProblem) -> [Mount] {
    do throws(CollectionProblem) {
      return try mounts(tables[0])
    } catch {
      return try mounts(tables[1])
    }
  }

  private func mounts(_ table: HostFile) throws(CollectionProblem) -> [Mount] {
    let text = try table.read()
    guard let mounts = MountTable.read(text.span, root: roots.root) else { throw table.malformed }
    return mounts
  }

  /// Where a file system of the machine is for this process.
  private func path(_ mount: Mount) -> String {
    roots.root == "/" ? mount.point : mount.point == "/" ? roots.root : roots.root + mount.point
  }
}
