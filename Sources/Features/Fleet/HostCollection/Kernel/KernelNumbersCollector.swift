import Collection
import SeriesBytes
import System

/// Numbers that stand alone in a file: open files, tracked connections, entropy.
final class KernelNumbersCollector: Collector {
  let name: String
  private let files: [(file: HostFile, families: [CollectedFamily?])]
  /// Whether a file that is not there is nothing to speak of.
  private let isOptional: Bool

  private init(_ name: String, isOptional: Bool, _ files: [(file: HostFile, families: [CollectedFamily?])]) {
    self.name = name
    self.isOptional = isOptional
    self.files = files
  }

  private static let filesAllocated = CollectedFamily(
    "node_filefd_allocated", .gauge, "Open files of all processes.")
  private static let filesMaximum = CollectedFamily("node_filefd_maximum", .gauge, "How many files may be open.")
  private static let connections = CollectedFamily(
    "node_nf_conntrack_entries", .gauge, "Connections that the packet filter tracks.")
  private static let connectionsMax = CollectedFamily(
    "node_nf_conntrack_entries_limit", .gauge, "How many connections it may track.")
  private static let entropy = CollectedFamily(
    "node_entropy_available_bits", .gauge, "Bits of entropy that are available.")
  private static let entropyPool = CollectedFamily("node_entropy_pool_size_bits", .gauge, "Bits of the entropy pool.")

  static func openFiles(_ roots: HostRoots, _ buffer: HostFileBuffer) -> KernelNumbersCollector {
    // Allocated, free, maximum: since Linux 2.6 the second is always 0.
    KernelNumbersCollector(
      "filefd", isOptional: false,
      [(HostFile("\(roots.proc)/sys/fs/file-nr", buffer), [filesAllocated, nil, filesMaximum])])
  }

  static func trackedConnections(_ roots: HostRoots, _ buffer: HostFileBuffer) -> KernelNumbersCollector {
    let folder = "\(roots.proc)/sys/net/netfilter"
    return KernelNumbersCollector(
      "conntrack", isOptional: true,
      [
        (HostFile("\(folder)/nf_conntrack_count", buffer), [connections]),
        (HostFile("\(folder)/nf_conntrack_max", buffer), [connectionsMax]),
      ])
  }

  static func entropy(_ roots: HostRoots, _ buffer: HostFileBuffer) -> KernelNumbersCollector {
    let folder = "\(roots.proc)/sys/kernel/random"
    return KernelNumbersCollector(
      "entropy", isOptional: false,
      [
        (HostFile("\(folder)/entropy_avail", buffer), [entropy]),
        (HostFile("\(folder)/poolsize", buffer), [entropyPool]),
      ])
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    for (file, families) in files {
      let text: HostFileText
      do throws(CollectionProblem) {
        text = try file.read()
      } catch {
        if isOptional, error.isNoSuchFile { return }
        throw error
      }
      var scanner = TextScanner(text.span)
      for family in families {
        guard let value = scanner.integer() else { throw file.malformed }
        if let family { collected.append(family, Double(value)) }
      }
    }
  }
}

extension CollectionProblem {
  /// Whether there is nothing at the path.
  var isNoSuchFile: Bool {
    if case .system(let error) = reason { return error.isNoSuchFile }
    return false
  }
}
