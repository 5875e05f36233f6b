import Collection
import SeriesBytes

/// Processes by state, and threads: `/proc/<number>/stat`.
final class ProcessCollector: Collector {
  let name = "processes"
  /// Each costs about 10 µs; a machine with more says so.
  private static let processCountMax = 32_768
  /// As many as the kernel has ids for (PID_MAX_LIMIT).
  private static let threadCountMax = 4_194_304

  private let proc: String
  private let buffer: HostFileBuffer
  private let limits: [(file: HostFile, family: CollectedFamily)]

  private static let processes = CollectedFamily("node_processes_pids", .gauge, "Processes.")
  private static let threads = CollectedFamily("node_processes_threads", .gauge, "Threads of all processes.")
  private static let states = CollectedFamily(
    "node_processes_state", .gauge, "Processes in a state.", labelNames: ["state"])
  private static let processesMax = CollectedFamily(
    "node_processes_max_processes", .gauge, "How many processes there may be.")
  private static let threadsMax = CollectedFamily(
    "node_processes_max_threads", .gauge, "How many threads there may be.")

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    proc = roots.proc
    self.buffer = buffer
    limits = [
      (HostFile("\(roots.proc)/sys/kernel/pid_max", buffer), Self.processesMax),
      (HostFile("\(roots.proc)/sys/kernel/threads-max", buffer), Self.threadsMax),
    ]
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    var counts: [UInt8: Int] = [:]
    var (processCount, threadCount) = (0, 0)
    let names = try HostFolder.names(proc).filter { $0.utf8.first.map { (0x30...0x39).contains($0) } ?? false }
    for name in names.prefix(Self.processCountMax) {
      // Some end meanwhile.
      guard let text = try? HostFile("\(proc)/\(name)/stat", buffer).read(), let (state, threads) = Self.read(text.span)
      else { continue }
      counts[state, default: 0] += 1
      processCount += 1
      threadCount += threads
    }
    // The one that reads is among them.
    guard processCount > 0 else {
      throw CollectionProblem(proc, .unavailable("there is no process in it that can be read"))
    }
    if names.count > Self.processCountMax {
      collected.note(
        CollectionProblem(proc, .unavailable("of \(names.count) processes, \(Self.processCountMax) are counted")))
    }
    collected.append(Self.processes, Double(processCount))
    collected.append(Self.threads, Double(threadCount))
    for (state, count) in counts.sorted(by: { $0.key < $1.key }) {
      collected.append(Self.states, labels: [String(decoding: [state], as: UTF8.self)], Double(count))
    }
    for (file, family) in limits {
      do throws(CollectionProblem) {
        guard let value = try file.read().number else { throw file.malformed }
        collected.append(family, value)
      } catch {
        collected.note(error)
      }
    }
  }

  /// A process' state and how many threads it has; nil where the text is malformed.
  static func read(_ text: Span<UInt8>) -> (state: UInt8, threadCount: Int)? {
    // The name may hold anything, `) R 1` for instance.
    guard let end = text.indices.last(where: { text[$0] == UInt8(ascii: ")") }) else { return nil }
    var scanner = TextScanner(text.extracting(end + 1..<text.count))
    guard let state = scanner.word(), state.count == 1 else { return nil }
    let letter = scanner.bytes(state)[0]
    guard letter >= UInt8(ascii: "A"), letter <= UInt8(ascii: "z") else { return nil }
    // The state is the third field, the threads are the twentieth (proc(5)).
    for _ in 4..<20 { guard scanner.word() != nil else { return nil } }
    guard let threads = scanner.integer(), threads <= threadCountMax else { return nil }
    return (letter, Int(threads))
  }
}
