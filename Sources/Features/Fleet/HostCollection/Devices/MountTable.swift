/// A mounted file system.
struct Mount: Hashable, Sendable {
  let device: String
  let type: String
  /// Where it is on the machine.
  let point: String
  let isReadOnly: Bool
}

/// The list of mounted file systems: `/proc/1/mountinfo` (proc(5)).
enum MountTable {
  /// More than hosts with hundreds of containers have; the rest is left out.
  static let countMax = 4096

  /// The file systems that are collected; nil where the text is malformed.
  ///
  /// - Parameter root: where the machine's own files are; what is not below it is not of the machine.
  static func read(_ text: Span<UInt8>, root: String) -> [Mount]? {
    var mounts: [Mount] = []
    var known: Set<Mount> = []
    var scanner = TextScanner(text)
    var isWhole = true
    while !scanner.isAtEnd, mounts.count < countMax {
      defer { scanner.nextLine() }
      guard let first = scanner.word() else { continue }
      guard let mount = mount(&scanner, first, root: root) else {
        isWhole = false
        continue
      }
      if isCollected(mount), known.insert(mount).inserted { mounts.append(mount) }
    }
    return isWhole || !mounts.isEmpty ? mounts : nil
  }

  /// Reads `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`.
  private static func mount(_ scanner: inout TextScanner, _ first: Range<Int>, root: String) -> Mount? {
    // Parent, device number, root within the file system.
    for _ in 0..<3 { guard scanner.word() != nil else { return nil } }
    guard let point = scanner.word(), let options = scanner.word() else { return nil }
    while true {
      guard let word = scanner.word() else { return nil }
      if scanner.isText(word, "-") { break }
    }
    guard let type = scanner.word(), let device = scanner.word() else { return nil }
    let superOptions = scanner.word()
    let isReadOnly =
      hasOption("ro", scanner.string(options)) || superOptions.map { hasOption("ro", scanner.string($0)) } ?? false
    return Mount(
      device: unescaped(scanner.string(device)), type: scanner.string(type),
      point: onMachine(unescaped(scanner.string(point)), root: root), isReadOnly: isReadOnly)
  }

  private static func hasOption(_ option: String, _ options: String) -> Bool {
    options.split(separator: ",").contains { $0 == option }
  }

  /// White space and backslashes are written as three octal digits.
  static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      guard byte == UInt8(ascii: "\\"), digits.count == 3,
        let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(code)
      rest = rest.dropFirst(3)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A path as the machine has it.
  private static func onMachine(_ path: String, root: String) -> String {
    guard root != "/", path.hasPrefix(root) else { return path }
    let rest = path.dropFirst(root.utf8.count)
    return rest.isEmpty ? "/" : rest.hasPrefix("/") ? String(rest) : path
  }

  /// Types without files of their own, those that node_exporter leaves out by default.
  private static let typesLeftOut: Set<String> = [
    "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "erofs",
    "fusectl", "hugetlbfs", "iso9660", "mqueue", "nsfs", "overlay", "proc", "procfs", "pstore", "rpc_pipefs",
    "securityfs", "selinuxfs", "squashfs", "sysfs", "tracefs",
  ]
  private static let pointsLeftOut = [
    "/dev", "/proc", "/sys", "/run/credentials", "/var/lib/docker", "/var/lib/containers/storage",
  ]

  /// Whether a file system can run full of what people care for.
  ///
  /// The root of a container is an overlay, which node_exporter leaves out wherever it is.
  static func isCollected(_ mount: Mount) -> Bool {
    if typesLeftOut.contains(mount.type) { return mount.type == "overlay" && mount.point == "/" }
    return !pointsLeftOut.contains { mount.point == $0 || mount.point.hasPrefix($0 + "/") }
  }
}
