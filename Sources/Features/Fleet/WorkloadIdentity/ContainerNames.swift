import System

/// Names of pods and containers by the ids of containers, from the names of their logs.
///
/// The kubelet keeps `<pod>_<namespace>_<container>-<id>.log` for each container in `/var/log/containers`. Only the names
/// of these files are read.
struct ContainerNames {
  struct Name: Equatable {
    let namespace: String
    let pod: String
    let container: String
  }

  private let folder: String
  /// More than a node's pods have; further ones are not looked at.
  private static let countMax = 16_384

  /// - Parameter root: where the machine's own files are.
  init(root: String) { folder = "\(root == "/" ? "" : root)/var/log/containers" }

  /// Nil where the folder cannot be read or has no such container.
  func name(of containerID: String) -> Name? {
    guard let files = try? File.entries(ofDirectory: folder) else { return nil }
    let ending = "-\(containerID).log"
    return files.prefix(Self.countMax).first { $0.hasSuffix(ending) }.flatMap { Self.name(file: $0, ending: ending) }
  }

  /// Names in Kubernetes have no underscores (RFC 1123).
  static func name(file: String, ending: String) -> Name? {
    let parts = file.dropLast(ending.count).split(separator: "_", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } }) else {
      return nil
    }
    return Name(namespace: parts[1], pod: parts[0], container: parts[2])
  }
}
