import Collection
import Commands
import GPUCollection
import HostCollection
import JSON
import SeriesBytes

/// `host`.
enum HostCommand {
  /// Between two readings: the shortest time over which the kernel's counters give rates that say something.
  private static let interval = Duration.seconds(1)

  private static let watch = OptionDefinition(name: "--watch", letter: "-w", meaning: "Go on, once a second.")
  private static let prometheus = OptionDefinition(
    name: "--prometheus", meaning: "Write one reading in Prometheus' text format.")
  private static let procRoot = OptionDefinition(
    name: "--proc-root", value: "FOLDER", meaning: "Where the files of proc(5) are; /proc without it.")
  private static let sysRoot = OptionDefinition(
    name: "--sys-root", value: "FOLDER", meaning: "Where the files of sysfs(5) are; /sys without it.")
  private static let root = OptionDefinition(
    name: "--root", value: "FOLDER", meaning: "Where the machine's own files are; / without it.")
  private static let nvmlLibrary = OptionDefinition(
    name: "--nvml-library", value: "FILE", meaning: "NVIDIA's management library; the loader finds it without.",
    check: { $0.isEmpty ? "a file" : nil })

  static let definition = CommandDefinition(
    path: ["host"], summary: "Show what this machine does: processors, memory, disks, networks, GPUs.",
    discussion:
      "Reads the files of the kernel twice, a second apart, and shows the rates between. It needs no server and sends "
      + "nothing. What cannot be read on this machine stands at the end, with the reason.",
    options: [watch, OptionDefinition.json, prometheus, procRoot, sysRoot, root, nvmlLibrary],
    examples: [
      .init(command: "axonize host", meaning: "This machine now."),
      .init(command: "axonize host --prometheus", meaning: "The series that a server would store of it."),
    ],
    run: { arguments, context in
      if arguments.has("--json"), arguments.has("--prometheus") {
        throw CommandFailure(.usage, "--json and --prometheus are two forms; give one of them.")
      }
      let roots = HostRoots(
        proc: arguments["--proc-root"] ?? "/proc", sys: arguments["--sys-root"] ?? "/sys",
        root: arguments["--root"] ?? "/")
      let gpus = try gpuCollector(roots, library: arguments["--nvml-library"])
      defer { gpus?.stop() }
      let reader = HostReader(roots, and: gpus.map { [GPUMetricsCollector($0)] } ?? [])
      var reading = reader.read()
      if arguments.has("--prometheus"), !arguments.has("--watch") {
        context.write(String(decoding: CollectedPage.encode([reading.later]), as: UTF8.self))
        return .success
      }
      repeat {
        reading = reader.read(after: interval)
        if arguments.has("--json") {
          writeJSON(reading, context)
        } else if arguments.has("--prometheus") {
          context.write(String(decoding: CollectedPage.encode([reading.later]), as: UTF8.self))
        } else {
          write(reading, context)
        }
      } while arguments.has("--watch")
      return .success
    })

  /// Reads the GPUs, where there are any.
  private static func gpuCollector(_ roots: HostRoots, library: String?) throws(CommandFailure) -> GPUCollector? {
    let backends = GPUDetection.backends(
      .auto, libraryPath: library ?? NVIDIABackend.libraryPathDefault, procPath: roots.proc, sysPath: roots.sys)
    guard !backends.isEmpty else { return nil }
    let collector = GPUCollector(backends)
    do {
      try collector.start()
    } catch {
      throw CommandFailure(.failure, "GPUs cannot be read: \(error)")
    }
    collector.waitForValues()
    return collector
  }

  private static func write(_ reading: HostReading, _ context: CommandContext) {
    for (number, table) in HostText(reading: reading).tables.enumerated() {
      if number > 0 { context.print("") }
      context.print(table)
    }
  }

  /// One line of JSON for each reading.
  private static func writeJSON(_ reading: HostReading, _ context: CommandContext) {
    let collected = reading.later
    context.printJSON { json in
      json.key("collectors")
      json.array { json in
        for status in collected.statuses {
          json.object { json in
            json.member("name", status.name)
            json.member("success", status.isSuccessful)
            json.member("duration_seconds", status.seconds)
            json.key("problems")
            json.array { json in for problem in status.problems { json.string(problem.description) } }
          }
        }
      }
      json.key("series")
      json.array { json in
        for number in 0..<collected.seriesCount where collected.isCurrent(number) {
          let family = collected.family(of: number)
          json.object { json in
            json.member("name", family.name)
            json.member("type", "\(family.type)")
            json.key("labels")
            json.object { json in
              for (name, value) in zip(family.labelNames, collected.labelValues(of: number)) {
                json.member(name, value)
              }
            }
            json.member("value", collected.value(of: number))
          }
        }
      }
    }
  }
}
