import CommandTestSupport
import Commands
import Foundation
import Testing

@testable import FleetCommands

struct HostCommandTests {
  @Test(
    arguments: [
      (0, "0 B"), (1_023, "1,023 B"), (1_536, "1.5 KiB"), (99.9 * 1_024, "99.9 KiB"), (125_829_120, "120 MiB"),
      (7_945_689_498, "7.4 GiB"), (5e16, "45,475 TiB"), (1e300, "9.094947017729283e+287 TiB"),
    ] as [(Double, String)])
  func `bytes are shown in a unit that fits`(value: Double, text: String) {
    #expect(HostText.bytes(value) == text)
  }

  @Test func `values that no device has are shown all the same`() {
    #expect(HostText.percent(1e300) == "1e+302%")
    #expect(
      GPUText.values(utilisation: 1e300, used: 1e300, total: 1e300, celsius: -1e300, watts: 1e300).count == 4)
  }

  @Test func `a machine without readable files is shown with dashes and no zeros`() {
    let world = CommandWorld(FleetCommands.all)
    #expect(world.run("host", "--proc-root", "/nonexistent", "--sys-root", "/nonexistent") == .success)
    #expect(world.output.contains("- processors, user -"))
    #expect(!world.output.contains("0 threads"))
  }

  @Test func `what is not known is a dash`() {
    #expect(
      [HostText.bytes(nil), HostText.rate(nil), HostText.percent(nil), HostText.bytes(.nan)] == ["-", "-", "-", "-"])
    #expect(HostText.share(1, of: 0) == nil)
  }
}

extension HostCommandTests {
  private static func files() throws -> String {
    let folder = NSTemporaryDirectory() + "/host-command-" + UUID().uuidString
    let files = [
      "proc/stat": "cpu  1\ncpu0 100 0 50 850 0 0 0 0 0 0\n", "proc/loadavg": "0.5 1 2 1/2 3\n",
      "proc/meminfo": "MemTotal: 1024 kB\nMemAvailable: 256 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
    ]
    for (path, text) in files {
      let path = "\(folder)/\(path)"
      try FileManager.default.createDirectory(
        atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    return folder
  }

  @Test func `a machine is shown as tables, with what is not available`() throws {
    let folder = try Self.files()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let world = CommandWorld(FleetCommands.all)
    #expect(world.run("host", "--proc-root", "\(folder)/proc", "--sys-root", "\(folder)/sys") == .success)
    let lines = world.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(lines.contains("memory 1.0 MiB, 75% used, 256 KiB available"))
    #expect(lines.contains("load 0.5 1.0 2.0"))
    #expect(lines.contains("swap none"))
    #expect(world.output.contains("NOT AVAILABLE"))
    #expect(world.output.contains("\(folder)/proc/diskstats does not exist on this machine"))
  }

  @Test func `a page and JSON have every series`() throws {
    let folder = try Self.files()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let world = CommandWorld(FleetCommands.all)
    let roots = ["--proc-root", "\(folder)/proc", "--sys-root", "\(folder)/sys"]
    #expect(world.run(["host", "--prometheus"] + roots) == .success)
    #expect(world.output.contains("# TYPE node_cpu_seconds_total counter\n"))
    #expect(world.output.contains("node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 8.5\n"))
    #expect(world.run(["host", "--json"] + roots) == .success)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(world.output.utf8)) as? [String: [[String: Any]]])
    let load = object["series"]?.first { $0["name"] as? String == "node_load15" }
    #expect(load?["value"] as? Double == 2)
    #expect(load?["type"] as? String == "gauge")
    let disks = object["collectors"]?.first { $0["name"] as? String == "diskstats" }
    #expect(disks?["success"] as? Bool == false)
    #expect((disks?["problems"] as? [String])?.count == 1)
  }

  @Test func `a library without a name is refused`() {
    let world = CommandWorld(FleetCommands.all)
    #expect(world.run("host", "--nvml-library=") == .usage)
    #expect(world.errors.contains("--nvml-library takes a file"))
  }

  @Test func `two forms at once are refused`() {
    let world = CommandWorld(FleetCommands.all)
    #expect(world.run("host", "--json", "--prometheus") == .usage)
    #expect(world.errors.contains("give one of them"))
  }
}
