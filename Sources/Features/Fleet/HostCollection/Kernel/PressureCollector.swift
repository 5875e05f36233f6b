import Collection
import SeriesBytes

/// How long threads waited for processors, memory, disks and interrupts: `/proc/pressure`.
final class PressureCollector: Collector {
  let name = "pressure"
  private let files: [(file: HostFile, waiting: CollectedFamily?, stalled: CollectedFamily?)]

  private static func family(_ resource: String, _ state: String, _ help: String) -> CollectedFamily {
    CollectedFamily("node_pressure_\(resource)_\(state)_seconds_total", .counter, help, unit: "seconds")
  }

  /// Interrupts stop all threads at once; that all threads wait for processors cannot be.
  private static let families: [(file: String, waiting: CollectedFamily?, stalled: CollectedFamily?)] = [
    ("cpu", family("cpu", "waiting", "Time in which threads waited for a processor."), nil),
    (
      "io", family("io", "waiting", "Time in which threads waited for a disk."),
      family("io", "stalled", "Time in which no thread could run because of disks.")
    ),
    (
      "memory", family("memory", "waiting", "Time in which threads waited for memory."),
      family("memory", "stalled", "Time in which no thread could run for want of memory.")
    ),
    ("irq", nil, family("irq", "stalled", "Time in which no thread could run because of interrupts.")),
  ]

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    files = Self.families.map { (HostFile("\(roots.proc)/pressure/\($0.file)", buffer), $0.waiting, $0.stalled) }
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    var known = 0
    for (file, waiting, stalled) in files {
      do throws(CollectionProblem) {
        try Self.collect(file, waiting, stalled, into: &collected)
        known += 1
      } catch {
        // Kernels before 6.1 do not account for interrupts.
        if waiting != nil { collected.note(error) }
      }
    }
    guard known > 0 else {
      throw CollectionProblem(
        "pressure stall information", .unavailable("the kernel has none (CONFIG_PSI, or psi=1 on its command line)"))
    }
  }

  private static func collect(
    _ file: HostFile, _ waiting: CollectedFamily?, _ stalled: CollectedFamily?, into collected: inout Collected
  ) throws(CollectionProblem) {
    let text = try file.read()
    var scanner = TextScanner(text.span)
    while !scanner.isAtEnd {
      defer { scanner.nextLine() }
      guard let kind = scanner.word() else { continue }
      guard let family = scanner.isText(kind, "some") ? waiting : scanner.isText(kind, "full") ? stalled : nil else {
        continue
      }
      var microseconds: UInt64?
      while let word = scanner.word() {
        if scanner.hasPrefix(word, "total=") { microseconds = KernelNumber.integer(scanner.bytes(word.dropFirst(6))) }
      }
      guard let microseconds else { throw file.malformed }
      collected.append(family, Double(microseconds) / 1000 / 1000)
    }
  }
}
