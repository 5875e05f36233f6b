import Collection
import Foundation
import Synchronization
import System
import TestSupport
import Testing

@testable import HostCollection

/// Goal: no text in a file of the kernel ends the process or makes numbers that are none.
///
/// Method: whole files, cut at every place or with bytes changed at random, by a fixed seed.
struct GarbageTests {
  private static let files: [(path: String, text: String)] = [
    ("proc/stat", "cpu  1 2 3\ncpu0 100 2 3 4 5 6 7 8 9 10\nintr 5 6\nctxt 7\nbtime 8\nprocesses 9\nprocs_running 1\n"),
    ("proc/loadavg", "0.21 0.37 0.39 1/719 19737\n"),
    ("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781\n"),
    ("proc/meminfo", "MemTotal: 3742148 kB\nHugePages_Total: 0\nActive(anon): 5 kB\n"),
    ("proc/vmstat", "pgpgin 1\npgpgout 2\npgmajfault 3\n"),
    ("proc/diskstats", "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"),
    ("proc/net/dev", "Inter-| x\n face | y\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
    ("proc/net/netstat", "TcpExt: ListenDrops TCPTimeouts\nTcpExt: 1 -2\n"),
    ("proc/net/snmp", "Tcp: InSegs OutSegs\nTcp: 1 2\n"), ("proc/net/snmp6", "Udp6InErrors  1\n"),
    ("proc/net/sockstat", "sockets: used 3\nTCP: inuse 1 mem 2\n"),
    ("proc/sys/fs/file-nr", "1\t0\t2\n"), ("proc/self/cgroup", "4:memory:/a\n0::/b\n"),
    ("proc/self/mountinfo", "22 1 8:1 / / rw shared:1 - tmpfs /dev/sda1 rw\n"),
    ("proc/1/stat", "1 (a) S 1 1 1 0 -1 4 1 1 0 0 1 1 1 1 20 0 7 0 1\n"),
    ("sys/class/thermal/thermal_zone0/temp", "42000\n"), ("sys/class/thermal/thermal_zone0/type", "x\n"),
    ("sys/class/net/eth0/operstate", "up\n"), ("sys/class/net/eth0/flags", "0x1003\n"),
    ("sys/class/hwmon/hwmon0/temp1_input", "42000\n"), ("sys/class/hwmon/hwmon0/name", "chip\n"),
  ]

  /// Numbers by a fixed seed (xorshift64).
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }

  @Test(arguments: ["18446744073709551615", "9223372036854775807", "99999999999999999999999", "-1", "0"])
  func `no number ends a collection`(number: String) throws {
    let fixture = try HostFixture()
    for (path, text) in Self.files {
      // Numbers that stand alone; twice, so that sums have two.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.split(separator: " ", omittingEmptySubsequences: false).map { Double($0) == nil ? String($0) : number }
          .joined(separator: " ")
      }
      try fixture.write(path, lines.joined(separator: "\n"))
      if path == "proc/1/stat" { try fixture.write("proc/2/stat", lines.joined(separator: "\n")) }
    }
    let collectors = (HostCollectors.quick(fixture.roots, .default) + HostCollectors.slow(fixture.roots, .default))
      .map(\.collector)
    var collected = Collected(of: collectors)
    collected.collect(collectors)
    for number in 0..<collected.seriesCount { #expect(collected.value(of: number).isFinite) }
  }

  @Test func `a pipe in the place of a file is a problem, and is not waited for`() throws {
    let fixture = try HostFixture()
    try fixture.write("proc/loadavg", "0.21 0.37 0.39 1/719 19737\n")
    // SAFETY: the string lives as a C string during the call.
    let made = unsafe mkfifo(fixture.folder + "/proc/stat", 0o600)
    try #require(made == 0)
    let roots = fixture.roots
    let problems = Mutex<[String]?>(nil)
    let lines = Mutex<[String]>([])
    // On a thread of its own: a mistake leaves that behind, and not the test.
    let thread = try Thread(name: "collection") {
      let collected = Collected(of: HostCollectors.quick(roots, .default).map(\.collector))
      lines.withLock { $0 = collected.lines }
      problems.withLock { $0 = collected.problems }
    }
    thread.detach()
    eventually { problems.withLock { $0 != nil } }
    #expect(problems.withLock { $0 ?? [] }.contains { $0.contains("proc/stat cannot be read") })
    #expect(lines.withLock { $0 }.contains("node_load1 0.21"))
  }

  @Test func `a folder without processes gives no count of them`() throws {
    let fixture = try HostFixture()
    try fixture.write("proc/loadavg", "0 0 0 1/1 1\n").write("proc/1/stat", "garbage")
    let collected = Collected(of: HostCollectors.slow(fixture.roots, .default).map(\.collector))
    #expect(!collected.lines.contains { $0.hasPrefix("node_processes_pids") })
    #expect(collected.problems.contains { $0.contains("no process in it that can be read") })
  }

  @Test func `no change of a file's bytes ends a collection`() throws {
    let fixture = try HostFixture()
    for (path, text) in Self.files { try fixture.write(path, text) }
    let collectors = (HostCollectors.quick(fixture.roots, .default) + HostCollectors.slow(fixture.roots, .default))
      .map(\.collector)
    var collected = Collected(of: collectors)
    let whole = collected.lines.count
    #expect(whole > 60)
    var numbers = Numbers(state: 0x9e37_79b9_7f4a_7c15)
    for (path, text) in Self.files {
      let bytes = Array(text.utf8)
      for round in 0..<60 {
        var changed = bytes
        if round < 20 {
          changed.removeLast(Int.random(in: 0...bytes.count, using: &numbers))
        } else {
          for _ in 0...Int.random(in: 0...3, using: &numbers) {
            changed[Int.random(in: bytes.indices, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
          }
        }
        // In place, so that the open descriptors read it.
        let file = try #require(FileHandle(forWritingAtPath: fixture.folder + "/" + path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(changed))
        try file.close()
        collected.collect(collectors)
        for number in 0..<collected.seriesCount where collected.isCurrent(number) {
          #expect(collected.value(of: number).isFinite, "\(path): \(changed)")
        }
      }
      try fixture.write(path, text)
    }
  }
}
