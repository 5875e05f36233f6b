import Collection
import SeriesBytes

/// Processors and the scheduler: `/proc/stat`.
final class CPUCollector: Collector {
  let name = "cpu"
  private let file: HostFile

  private static let seconds = CollectedFamily(
    "node_cpu_seconds_total", .counter, "Time that a processor spent in a mode.", unit: "seconds",
    labelNames: ["cpu", "mode"])
  private static let guestSeconds = CollectedFamily(
    "node_cpu_guest_seconds_total", .counter,
    "Time that a processor spent in virtual machines; user and nice have it too.",
    unit: "seconds", labelNames: ["cpu", "mode"])
  private static let modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"]
  private static let guestModes = ["user", "nice"]
  /// Clock ticks in a second that proc(5) counts in; Linux has no other number on the machines that it runs on.
  private static let ticksPerSecond = 100.0

  private static let interrupts = CollectedFamily("node_intr_total", .counter, "Interrupts that were served.")
  private static let contextSwitches = CollectedFamily(
    "node_context_switches_total", .counter, "How often a processor went from one thread to another.")
  private static let forks = CollectedFamily("node_forks_total", .counter, "Processes and threads that were made.")
  private static let bootTime = CollectedFamily(
    "node_boot_time_seconds", .gauge, "When the machine was started, in seconds since 1970.", unit: "seconds")
  private static let running = CollectedFamily("node_procs_running", .gauge, "Threads that run or could.")
  private static let blocked = CollectedFamily("node_procs_blocked", .gauge, "Threads that wait for a disk.")

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) { file = HostFile("\(roots.proc)/stat", buffer) }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    let text = try file.read()
    var scanner = TextScanner(text.span)
    var isKnown = false
    var isWhole = true
    while !scanner.isAtEnd {
      defer { scanner.nextLine() }
      guard let word = scanner.word() else { continue }
      if scanner.hasPrefix(word, "cpu") {
        isKnown = true
        // The first line is the sum of the others.
        if word.count > 3, !Self.collectCPU(&scanner, word.dropFirst(3), &collected) { isWhole = false }
      } else if let family = Self.family(scanner, word) {
        guard let value = scanner.integer() else {
          isWhole = false
          continue
        }
        collected.append(family, Double(value))
      }
    }
    guard isKnown else { throw file.malformed }
    if !isWhole { collected.note(file.malformed) }
  }

  /// False where the line is malformed.
  private static func collectCPU(
    _ scanner: inout TextScanner, _ number: Range<Int>, _ collected: inout Collected
  ) -> Bool {
    for mode in modes {
      // Old kernels have fewer modes.
      guard let word = scanner.word() else { return mode != "user" }
      guard let ticks = KernelNumber.integer(scanner.bytes(word)) else { return false }
      append(seconds, scanner.bytes(number), mode, ticks, &collected)
    }
    for mode in guestModes {
      guard let ticks = scanner.integer() else { break }
      append(guestSeconds, scanner.bytes(number), mode, ticks, &collected)
    }
    return true
  }

  private static func append(
    _ family: CollectedFamily, _ cpu: Span<UInt8>, _ mode: String, _ ticks: UInt64, _ collected: inout Collected
  ) {
    collected.begin(family)
    collected.label(cpu)
    collected.label(mode)
    collected.end(Double(ticks) / ticksPerSecond)
  }

  private static func family(_ scanner: borrowing TextScanner, _ word: Range<Int>) -> CollectedFamily? {
    if scanner.isText(word, "intr") { return interrupts }
    if scanner.isText(word, "ctxt") { return contextSwitches }
    if scanner.isText(word, "processes") { return forks }
    if scanner.isText(word, "btime") { return bootTime }
    if scanner.isText(word, "procs_running") { return running }
    if scanner.isText(word, "procs_blocked") { return blocked }
    return nil
  }
}

extension Range<Int> {
  /// Without the first ones.
  func dropFirst(_ count: Int) -> Range<Int> { Swift.min(lowerBound + count, upperBound)..<upperBound }
}
