import Base
import Glibc
import System

/// Which processes use which of AMD's GPUs, from what the kernel says of their open files.
///
/// `/proc/<pid>/fdinfo/<fd>` of a file below `/dev/dri` has the lines that the kernel describes in
/// `Documentation/gpu/drm-usage-stats.rst`. One scan serves all GPUs for a while. One GPU's thread makes it, and the
/// others wait for it a moment only: the driver may keep whoever reads such a file until a GPU that hangs answers.
final class AMDProcessScan: Sendable {
  /// A process on one GPU.
  struct Use: Sendable, Equatable {
    let pid: UInt32
    /// Nil where the kernel does not say, or where all of it was counted for a process with a lower number.
    var memoryBytes: UInt64?
  }

  /// What a scan found, by places on the bus.
  private typealias Found = Result<[String: [Use]], AMDProcessFailure>

  private struct State {
    var found: (uses: Found, at: Instant)?
    var running: GPURunningCall?
  }

  /// Of a process; files of GPUs are opened early, and others of a server may be very many.
  static let fileCountMax = 4_096
  /// Processes and their files together: some 10,000 processes with 25 files each.
  static let entryCountMax = 262_144
  /// A little less than the schedule on which GPUs ask.
  private static let ageMax = Duration.seconds(4)
  /// Longer than a scan of a whole machine takes.
  private static let waitMax = Duration.seconds(1)

  private let procPath: String
  private let entryCountMax: Int
  private let state = Monitor(State())

  init(procPath: String, entryCountMax: Int = AMDProcessScan.entryCountMax) {
    self.procPath = procPath
    self.entryCountMax = entryCountMax
  }

  /// The processes on the GPU at a place of the bus, by their numbers.
  ///
  /// - Parameter monitor: that of the GPU whose thread asks.
  func uses(of pciBusID: String, _ monitor: FileReadMonitor) -> Result<[Use], AMDProcessFailure> {
    let end = Instant.now + Self.waitMax
    let known = state.wait { state, now, wakeAt -> Found?? in
      if let found = state.found, now - found.at < Self.ageMax { return .some(found.uses) }
      guard let running = state.running else {
        state.running = GPURunningCall(name: "the scan of \(procPath)", since: now)
        return .some(nil)
      }
      if now >= end { return .some(.failure(AMDProcessFailure(reason: .wedged(call: running.name)))) }
      wakeAt = end
      return nil
    }
    return (known ?? renew(monitor)).map { $0[pciBusID] ?? [] }
  }

  private func renew(_ monitor: FileReadMonitor) -> Found {
    let uses = scan(monitor)
    state.withLock { $0 = State(found: (uses, .now)) }
    state.notifyAll()
    return uses
  }

  private func scan(_ monitor: FileReadMonitor) -> Found {
    var scan = Scan(procPath: procPath, monitor: monitor, entriesLeft: entryCountMax)
    do throws(AMDProcessFailure) {
      try scan.run()
    } catch {
      return .failure(error)
    }
    if scan.uses.isEmpty, let refusal = scan.refusal { return .failure(refusal) }
    return .success(scan.uses)
  }
}

/// Why it is not known which processes use a GPU.
struct AMDProcessFailure: Error {
  let reason: GPUUnavailable
}

/// One walk through the files of all processes.
private struct Scan {
  let procPath: String
  let monitor: FileReadMonitor
  var entriesLeft: Int
  private(set) var uses: [String: [AMDProcessScan.Use]] = [:]
  /// Why files of some processes cannot be read.
  private(set) var refusal: AMDProcessFailure?
  /// Files that are open twice, in one process or in several, count once.
  private var seen: Set<String> = []

  init(procPath: String, monitor: FileReadMonitor, entriesLeft: Int) {
    self.procPath = procPath
    self.monitor = monitor
    self.entriesLeft = entriesLeft
  }

  mutating func run() throws(AMDProcessFailure) {
    let names: [String]
    do throws(SystemError) {
      names = try AMDBackend.entries(in: procPath, countMax: entriesLeft)
    } catch {
      throw AMDProcessFailure(reason: .failed("\(procPath): \(error)"))
    }
    // A parent, which shares its files with its children, most often has the lower number.
    for pid in names.compactMap({ UInt32($0) }).sorted() {
      do throws(SystemError) {
        let files = try AMDBackend.entries(in: "\(procPath)/\(pid)/fd", countMax: AMDProcessScan.fileCountMax)
        entriesLeft -= 1 + files.count
        for file in files where entriesLeft >= 0 { read(file, of: pid) }
      } catch {
        entriesLeft -= 1
        // One that has ended meanwhile is no process any more.
        if error.code == EACCES || error.code == EPERM { refusal = AMDProcessFailure(reason: .noPermission) }
      }
      guard entriesLeft >= 0 else {
        throw AMDProcessFailure(reason: .failed("\(procPath) has more processes and open files than are looked at"))
      }
    }
  }

  private mutating func read(_ file: String, of pid: UInt32) {
    let folder = "\(procPath)/\(pid)"
    guard (try? File.target(ofLink: "\(folder)/fd/\(file)"))?.hasPrefix("/dev/dri/") == true,
      let text = DeviceFiles(folder, monitor).text("fdinfo/\(file)"), let client = DRMClient(text),
      client.driver == "amdgpu"
    else { return }
    let isNew = seen.insert("\(client.pciBusID) \(client.id)").inserted
    var onGPU = uses[client.pciBusID] ?? []
    if onGPU.last?.pid != pid { onGPU.append(AMDProcessScan.Use(pid: pid)) }
    if isNew, let bytes = client.memoryBytes {
      let (sum, isTooLarge) = (onGPU[onGPU.count - 1].memoryBytes ?? 0).addingReportingOverflow(bytes)
      onGPU[onGPU.count - 1].memoryBytes = isTooLarge ? .max : sum
    }
    uses[client.pciBusID] = onGPU
  }
}

/// What the kernel says of an open file of a GPU.
struct DRMClient: Equatable {
  private(set) var driver = ""
  private(set) var pciBusID = ""
  private(set) var id = ""
  /// In the GPU's own memory; nil where the kernel does not say.
  private(set) var memoryBytes: UInt64?

  /// Nil for what is no file of a GPU with a place on the bus.
  init?(_ text: String) {
    // `drm-memory-` is the older name of `drm-resident-`; `drm-total-` counts what lies elsewhere too.
    var resident: UInt64?
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      switch line[..<colon] {
      case "drm-driver": driver = String(value)
      case "drm-pdev": pciBusID = String(value)
      case "drm-client-id": id = String(value)
      case "drm-memory-vram": memoryBytes = Self.bytes(value)
      case "drm-resident-vram": resident = Self.bytes(value)
      default: continue
      }
    }
    guard !driver.isEmpty, !pciBusID.isEmpty else { return nil }
    memoryBytes = memoryBytes ?? resident
  }

  /// `544428 KiB`, `22 MiB` or bytes.
  private static func bytes(_ text: Substring) -> UInt64? {
    let words = text.split(separator: " ")
    guard let number = words.first.flatMap({ UInt64($0) }) else { return nil }
    let factors: [Substring: UInt64] = ["KiB": 1 << 10, "MiB": 1 << 20]
    guard let factor = words.count > 1 ? factors[words[1]] : 1 else { return nil }
    let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: factor)
    return isTooLarge ? nil : bytes
  }
}
