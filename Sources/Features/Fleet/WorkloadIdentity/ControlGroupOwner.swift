/// What the paths of a process's control groups say of whose it is.
///
/// The kernel gives them in `/proc/<pid>/cgroup`, one line for each hierarchy of version 1 and one of version 2
/// (cgroups(7)). Container engines, the kubelet, Slurm and systemd put ids into them; a process cannot choose its own.
package struct ControlGroupOwner: Sendable, Hashable {
  /// The innermost container.
  package private(set) var containerID: String?
  package private(set) var podUID: String?
  package private(set) var slurmJobID: String?
  package private(set) var slurmStep: String?
  /// The service or scope of systemd where there is neither a container nor a job.
  package private(set) var unit: String?

  /// A job has a number of 32 bits; a step a number or a word.
  private static let jobLengthMax = 10
  private static let stepLengthMax = 32
  private static let containerLength = 64

  /// Reads the text of the file; lines of another form say nothing.
  package init(_ text: [UInt8]) {
    var unit: String?
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      read(path: fields[2], &unit)
    }
    // The engine's or the job's own scope is not what people call a unit.
    if containerID == nil, podUID == nil, slurmJobID == nil { self.unit = unit }
  }

  private mutating func read(path: ArraySlice<UInt8>, _ unit: inout String?) {
    var (container, pod, job, step): (String?, String?, String?, String?)
    var innermost: String?
    var isSlurm = false
    // The driver of systemd that is given a path of another one writes `<slice>:<prefix>:<id>` as one name.
    for part in path.split(whereSeparator: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }) {
      let name = String(decoding: part, as: UTF8.self)
      if let uid = Self.podUID(name) { pod = uid }
      if let id = Self.containerID(name) {
        container = id
      } else if isSlurm, let id = Self.suffix(of: name, after: "job_") {
        if Self.isJobID(id) { (job, step) = (id, nil) }
      } else if job != nil, step == nil, let id = Self.suffix(of: name, after: "step_") {
        if Self.isStep(id) { step = id }
      }
      // `/slurm/uid_1000/job_7/step_0` (1), `/system.slice/slurmstepd.scope/job_7/step_0/user/task_0` (2), and with
      // several nodes on a machine `/slurm_n1/...` and `n1_slurmstepd.scope`.
      if name == "slurm" || name.hasPrefix("slurm_") || name.hasSuffix("slurmstepd.scope") { isSlurm = true }
      if name.hasSuffix(".service") || name.hasSuffix(".scope") { innermost = Self.visible(name) }
    }
    unit = unit ?? innermost
    containerID = containerID ?? container
    podUID = podUID ?? pod
    if slurmJobID == nil { (slurmJobID, slurmStep) = (job, step) }
  }

  /// The text without control characters; nil for one that is longer than a name in the file system.
  private static func visible(_ name: String) -> String? {
    name.utf8.count <= 255 && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } ? name : nil
  }

  /// `<id>`, `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>`, `libpod-<id>.scope`; not their monitors.
  private static func containerID(_ name: String) -> String? {
    let name = name.hasSuffix(".scope") ? name.dropLast(6) : name[...]
    let id = name.utf8.suffix(containerLength)
    guard id.count == containerLength, id.allSatisfy(isHexadecimal) else { return nil }
    let before = name.utf8.dropLast(containerLength)
    guard before.isEmpty || before.last == UInt8(ascii: "-") else { return nil }
    let prefix = String(decoding: before, as: UTF8.self)
    return prefix.hasSuffix("conmon-") ? nil : String(decoding: id, as: UTF8.self).lowercased()
  }

  /// `pod<uid>` (cgroupfs), `kubepods-burstable-pod<uid>.slice` (systemd, with `_` for `-`).
  ///
  /// The kubelet's own pods have the 32 digits of a hash.
  private static func podUID(_ name: String) -> String? {
    var uid = name.hasSuffix(".slice") ? name.dropLast(6) : name[...]
    let pod = ["pod", "-pod"]
    if uid.hasPrefix(pod[0]) {
      uid = uid.dropFirst(3)
    } else if let place = uid.ranges(of: pod[1]).last {
      uid = uid[place.upperBound...]
    } else {
      return nil
    }
    let digits = Array(uid.utf8)
    if digits.count == 32, digits.allSatisfy(isHexadecimal) { return String(uid).lowercased() }
    guard digits.count == 36 else { return nil }
    let separator = digits[8]
    guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: "_") else { return nil }
    for (place, digit) in digits.enumerated() {
      guard [8, 13, 18, 23].contains(place) ? digit == separator : isHexadecimal(digit) else { return nil }
    }
    return String(decoding: digits.map { $0 == separator ? UInt8(ascii: "-") : $0 }, as: UTF8.self).lowercased()
  }

  private static func suffix(of name: String, after prefix: String) -> String? {
    name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
  }

  static func isJobID(_ text: String) -> Bool {
    (1...jobLengthMax).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }

  private static func isStep(_ text: String) -> Bool {
    (1...stepLengthMax).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x7a || $0 == UInt8(ascii: "+") }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    byte >= 0x30 && byte <= 0x39 || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66
  }
}
