import Collection
import SeriesBytes
import System

/// Use and limits of the container or service that the process runs in: its control group.
final class ContainerCollector: Collector {
  let name = "cgroup"
  private typealias Families = ContainerFamilies

  private let sys: String
  private let list: HostFile
  private let files: HostFiles
  private var group: ControlGroup?
  private var labels: [String] = []

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    sys = roots.sys
    list = HostFile("\(roots.proc)/self/cgroup", buffer)
    files = HostFiles(buffer)
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    let group = try found()
    switch group.layout {
    case .version2(let folder): try collect2(folder, into: &collected)
    case .version1(let cpu, let account, let memory, let processes):
      collectCPU1(cpu, account, into: &collected)
      try collectMemory1(memory, into: &collected)
      append(Families.threads, "\(processes)/pids.current", into: &collected)
      append(Families.threadsMax, "\(processes)/pids.max", noLimit: 0, into: &collected)
    }
  }

  /// The group, which is looked for once: a process hardly ever moves to another.
  private func found() throws(CollectionProblem) -> ControlGroup {
    if let group { return group }
    let text = try list.read()
    let group = try ControlGroup.find(text.span, sys: sys, exists: File.exists)
    self.group = group
    labels = [group.id.isEmpty ? "/" : group.id]
    return group
  }

  // MARK: - Version 2

  private func collect2(_ folder: String, into collected: inout Collected) throws(CollectionProblem) {
    keyed("\(folder)/cpu.stat", into: &collected) { name in
      switch name {
      case "usage_usec": (Families.cpuSeconds, 1e6)
      case "user_usec": (Families.cpuUserSeconds, 1e6)
      case "system_usec": (Families.cpuSystemSeconds, 1e6)
      case "nr_periods": (Families.periods, 1)
      case "nr_throttled": (Families.throttledPeriods, 1)
      case "throttled_usec": (Families.throttledSeconds, 1e6)
      default: nil
      }
    }
    if let text = try? files.read("\(folder)/cpu.max") {
      var scanner = TextScanner(text.span)
      let quota = scanner.integer()
      if let quota { collected.append(Families.quota, labels: labels, Double(quota)) }
      if let period = scanner.integer() { collected.append(Families.period, labels: labels, Double(period)) }
    }
    guard let used = try files.read("\(folder)/memory.current").number else {
      throw CollectionProblem("\(folder)/memory.current", .malformed)
    }
    var inactive = 0.0
    keyed("\(folder)/memory.stat", into: &collected) { name in
      switch name {
      case "anon": (Families.residentBytes, 1)
      case "file": (Families.cacheBytes, 1)
      default: nil
      }
    } other: { name, value in
      if name == "inactive_file" { inactive = value }
    }
    appendMemory(used, inactive, into: &collected)
    append(Families.swapBytes, "\(folder)/memory.swap.current", into: &collected)
    append(Families.memoryBytesMax, "\(folder)/memory.max", noLimit: 0, into: &collected)
    keyed("\(folder)/memory.events", into: &collected) { $0 == "oom_kill" ? (Families.kills, 1) : nil }
    append(Families.threads, "\(folder)/pids.current", into: &collected)
    append(Families.threadsMax, "\(folder)/pids.max", noLimit: 0, into: &collected)
  }

  // MARK: - Version 1

  private func collectCPU1(_ cpu: String, _ account: String, into collected: inout Collected) {
    if let nanoseconds = files.number("\(account)/cpuacct.usage") {
      collected.append(Families.cpuSeconds, labels: labels, nanoseconds / 1e9)
    }
    // In clock ticks, a hundred a second.
    keyed("\(account)/cpuacct.stat", into: &collected) { name in
      switch name {
      case "user": (Families.cpuUserSeconds, 100)
      case "system": (Families.cpuSystemSeconds, 100)
      default: nil
      }
    }
    keyed("\(cpu)/cpu.stat", into: &collected) { name in
      switch name {
      case "nr_periods": (Families.periods, 1)
      case "nr_throttled": (Families.throttledPeriods, 1)
      case "throttled_time": (Families.throttledSeconds, 1e9)
      default: nil
      }
    }
    // -1 where there is no limit.
    if let quota = files.number("\(cpu)/cpu.cfs_quota_us"), quota >= 0 {
      collected.append(Families.quota, labels: labels, quota)
    }
    append(Families.period, "\(cpu)/cpu.cfs_period_us", into: &collected)
  }

  private func collectMemory1(_ folder: String, into collected: inout Collected) throws(CollectionProblem) {
    guard let used = try files.read("\(folder)/memory.usage_in_bytes").number else {
      throw CollectionProblem("\(folder)/memory.usage_in_bytes", .malformed)
    }
    var inactive = 0.0
    keyed("\(folder)/memory.stat", into: &collected) { name in
      switch name {
      case "total_rss": (Families.residentBytes, 1)
      case "total_cache": (Families.cacheBytes, 1)
      case "total_swap": (Families.swapBytes, 1)
      default: nil
      }
    } other: { name, value in
      if name == "total_inactive_file" { inactive = value }
    }
    appendMemory(used, inactive, into: &collected)
    if let limit = files.number("\(folder)/memory.limit_in_bytes") {
      // The kernel's way to say that there is none is the largest number of whole pages.
      collected.append(Families.memoryBytesMax, labels: labels, limit >= 0x7fff_ffff_ffff_0000 ? 0 : limit)
    }
    keyed("\(folder)/memory.oom_control", into: &collected) { $0 == "oom_kill" ? (Families.kills, 1) : nil }
  }

  private func appendMemory(_ used: Double, _ inactive: Double, into collected: inout Collected) {
    collected.append(Families.memoryBytes, labels: labels, used)
    collected.append(Families.workingSetBytes, labels: labels, max(0, used - inactive))
  }

  // MARK: - Files

  /// - Parameter noLimit: stands for `max`, which says that there is no limit.
  private func append(
    _ family: CollectedFamily, _ path: String, noLimit: Double? = nil, into collected: inout Collected
  ) {
    guard let text = try? files.read(path) else { return }
    let trimmed = text.trimmed
    if let value = text.number {
      collected.append(family, labels: labels, value)
    } else if let noLimit, TextScanner(text.span).isText(trimmed, "max") {
      collected.append(family, labels: labels, noLimit)
    }
  }

  /// Reads lines of a name and a number.
  ///
  /// - Parameter family: the family of a name, and what its number is divided by.
  private func keyed(
    _ path: String, into collected: inout Collected, family: (String) -> (CollectedFamily, Double)?,
    other: (String, Double) -> Void = { _, _ in }
  ) {
    guard let text = try? files.read(path) else { return }
    var scanner = TextScanner(text.span)
    while !scanner.isAtEnd {
      defer { scanner.nextLine() }
      guard let word = scanner.word(), let value = scanner.integer() else { continue }
      let name = scanner.string(word)
      if let (family, unit) = family(name) {
        collected.append(family, labels: labels, Double(value) / unit)
      } else {
        other(name, Double(value))
      }
    }
  }
}
