import Collection
import Foundation
import Testing

@testable import HostCollection

struct HostCollectorTests {
  typealias Make = @Sendable (HostRoots) -> any Collector

  /// A collector over one file, and what it makes of a text.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: Make
    let file: String
    let text: String
    let lines: [String]
    /// How the first problem begins after the folder; nil where there is none.
    var problem: String?
    var isSuccessful = true
  }

  static let cases: [Case] = [
    Case(
      testDescription: "an old kernel has fewer modes", make: { CPUCollector($0, HostFileBuffer()) },
      file: "proc/stat", text: "cpu  1 2 3 4\ncpu7 100 200 300 400\nctxt 5\n",
      lines: [
        "node_context_switches_total 5", "node_cpu_seconds_total{cpu=\"7\",mode=\"user\"} 1",
        "node_cpu_seconds_total{cpu=\"7\",mode=\"nice\"} 2", "node_cpu_seconds_total{cpu=\"7\",mode=\"system\"} 3",
        "node_cpu_seconds_total{cpu=\"7\",mode=\"idle\"} 4",
      ]),
    Case(
      testDescription: "a malformed number is left out and said", make: { CPUCollector($0, HostFileBuffer()) },
      file: "proc/stat", text: "cpu  1\ncpu0 x 2\nctxt -1\nbtime 7\nprocesses 99999999999999999999999\n",
      lines: ["node_boot_time_seconds 7"], problem: "/proc/stat is not in the form that is known"),
    Case(
      testDescription: "garbage", make: { CPUCollector($0, HostFileBuffer()) }, file: "proc/stat",
      text: "\u{0}\u{1}garbage", lines: [], problem: "/proc/stat is not in the form that is known",
      isSuccessful: false),
    Case(
      testDescription: "load", make: { LoadCollector($0, HostFileBuffer()) }, file: "proc/loadavg",
      text: "0.00 12.34 123.5 1/2 3\n", lines: ["node_load1 0", "node_load15 123.5", "node_load5 12.34"]),
    Case(
      testDescription: "load cut short", make: { LoadCollector($0, HostFileBuffer()) }, file: "proc/loadavg",
      text: "0.25 1", lines: ["node_load1 0.25", "node_load5 1"],
      problem: "/proc/loadavg is not in the form that is known", isSuccessful: false),
    Case(
      testDescription: "memory with and without a unit", make: { MemoryCollector($0, HostFileBuffer()) },
      file: "proc/meminfo", text: "MemTotal:  16 kB\nHugePages_Free: 3\nActive(anon): 1 kB\nodd\nBad: x kB\n",
      lines: [
        "node_memory_Active_anon_bytes 1024", "node_memory_HugePages_Free 3", "node_memory_MemTotal_bytes 16384",
      ], problem: "/proc/meminfo is not in the form that is known"),
    Case(
      testDescription: "the largest value", make: { MemoryCollector($0, HostFileBuffer()) },
      file: "proc/meminfo", text: "Huge: 18446744073709551615 kB",
      lines: ["node_memory_Huge_bytes 1.888946593147858e+22"]),
    Case(
      testDescription: "paging", make: { VirtualMemoryCollector($0, HostFileBuffer()) }, file: "proc/vmstat",
      text: "nr_free_pages 1\npgpgin 2\npswpout 3\npgmajfault 4\noom_kill 5\npgfree 6\n",
      lines: ["node_vmstat_oom_kill 5", "node_vmstat_pgmajfault 4", "node_vmstat_pgpgin 2", "node_vmstat_pswpout 3"]),
    Case(
      testDescription: "a disk of an old kernel, and what is no disk", make: { DiskCollector($0, HostFileBuffer()) },
      file: "proc/diskstats",
      text: " 8 0 sda 1 2 3 4 5 6 7 8\n 8 1 sda1 1 2 3 4\n 7 0 loop0 9\n 1 x\n 259 1 nvme0n1p2 1\n",
      lines: [
        "node_disk_read_bytes_total{device=\"sda\"} 1536", "node_disk_read_time_seconds_total{device=\"sda\"} 0.004",
        "node_disk_reads_completed_total{device=\"sda\"} 1", "node_disk_reads_merged_total{device=\"sda\"} 2",
        "node_disk_write_time_seconds_total{device=\"sda\"} 0.008",
        "node_disk_writes_completed_total{device=\"sda\"} 5",
        "node_disk_writes_merged_total{device=\"sda\"} 6", "node_disk_written_bytes_total{device=\"sda\"} 3584",
      ], problem: "/proc/diskstats is not in the form that is known"),
    Case(
      testDescription: "a network device with a colon in its name",
      make: { NetworkDeviceCollector($0, HostFileBuffer()) }, file: "proc/net/dev",
      text:
        "Inter-|   Receive  |  Transmit\n face |bytes |bytes\n eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n lo: 1",
      lines: [
        "node_network_receive_bytes_total{device=\"eth0:1\"} 1", "node_network_receive_bytes_total{device=\"lo\"} 1",
        "node_network_receive_compressed_total{device=\"eth0:1\"} 7",
        "node_network_receive_drop_total{device=\"eth0:1\"} 4",
        "node_network_receive_errs_total{device=\"eth0:1\"} 3", "node_network_receive_fifo_total{device=\"eth0:1\"} 5",
        "node_network_receive_frame_total{device=\"eth0:1\"} 6",
        "node_network_receive_multicast_total{device=\"eth0:1\"} 8",
        "node_network_receive_packets_total{device=\"eth0:1\"} 2",
        "node_network_transmit_bytes_total{device=\"eth0:1\"} 9",
        "node_network_transmit_carrier_total{device=\"eth0:1\"} 15",
        "node_network_transmit_colls_total{device=\"eth0:1\"} 14",
        "node_network_transmit_compressed_total{device=\"eth0:1\"} 16",
        "node_network_transmit_drop_total{device=\"eth0:1\"} 12",
        "node_network_transmit_errs_total{device=\"eth0:1\"} 11",
        "node_network_transmit_fifo_total{device=\"eth0:1\"} 13",
        "node_network_transmit_packets_total{device=\"eth0:1\"} 10",
      ], problem: "/proc/net/dev is not in the form that is known"),
    Case(
      testDescription: "pressure without interrupts", make: { PressureCollector($0, HostFileBuffer()) },
      file: "proc/pressure/cpu", text: "some avg10=0.00 total=1500000\nfull avg10=0.00 total=9\n",
      lines: ["node_pressure_cpu_waiting_seconds_total 1.5"],
      problem: "/proc/pressure/io does not exist on this machine"),
    Case(
      testDescription: "a kernel without pressure", make: { PressureCollector($0, HostFileBuffer()) },
      file: "proc/stat", text: "", lines: [], problem: "/proc/pressure/cpu does not exist on this machine",
      isSuccessful: false),
    Case(
      testDescription: "open files", make: { KernelNumbersCollector.openFiles($0, HostFileBuffer()) },
      file: "proc/sys/fs/file-nr", text: "3\t0\t9223372036854775807\n",
      lines: ["node_filefd_allocated 3", "node_filefd_maximum 9.223372036854776e+18"]),
    Case(
      testDescription: "no packet filter", make: { KernelNumbersCollector.trackedConnections($0, HostFileBuffer()) },
      file: "proc/stat", text: "", lines: []),
    Case(
      testDescription: "sockets", make: { SocketCollector($0, HostFileBuffer()) }, file: "proc/net/sockstat",
      text: "sockets: used 3\nTCP: inuse 1 x\n", lines: ["node_sockstat_TCP_inuse 1", "node_sockstat_sockets_used 3"],
      problem: "/proc/net/sockstat is not in the form that is known"),
  ]

  @Test(arguments: cases)
  func `a file is read`(_ one: Case) throws {
    let fixture = try HostFixture()
    try fixture.write(one.file, one.text)
    let collected = Collected(of: [one.make(fixture.roots)])
    #expect(collected.lines.map { $0.replacing("  ", with: " ") } == one.lines)
    #expect(collected.problems.first?.dropFirst(fixture.folder.count).description == one.problem)
    #expect(collected.statuses[0].isSuccessful == one.isSuccessful)
  }

  @Test func `a machine without files says of each collector why, and the rest goes on`() throws {
    let fixture = try HostFixture()
    try fixture.write("proc/loadavg", "1 2 3")
    let roots = fixture.roots
    var collected = Collected(
      of: (HostCollectors.quick(roots, .default) + HostCollectors.slow(roots, .default)).map(\.collector))
    for status in collected.statuses {
      // The clock needs no file, and there may be no packet filter.
      let needsNothing = ["loadavg", "time", "timex", "conntrack"].contains(status.name)
      #expect(status.isSuccessful == needsNothing, "\(status.name)")
      #expect(status.isSuccessful || !status.problems.isEmpty, "\(status.name) says why")
    }
    #expect(collected.lines.contains("node_load1 1"))
    // What comes later is read then, although the file was not there before.
    try fixture.write("proc/vmstat", "pgpgin 2\n")
    collected.collect(
      (HostCollectors.quick(roots, .default) + HostCollectors.slow(roots, .default)).map(\.collector))
    #expect(collected.lines.contains("node_vmstat_pgpgin 2"))
  }

  @Test func `a file that is replaced is read anew after its descriptor fails, and others are read as they grow`()
    throws
  {
    let fixture = try HostFixture()
    try fixture.write("proc/stat", "cpu 1\n" + (0..<2).map { "cpu\($0) 100 0 0 0 0 0 0 0 0 0\n" }.joined())
    let collector = CPUCollector(fixture.roots, HostFileBuffer())
    var collected = Collected(of: [collector])
    let few = collected.seriesCount
    // The same file with 4,096 processors.
    try (0..<4096).map { "cpu\($0) 100 0 0 0 0 0 0 0 0 0\n" }.joined().write(
      toFile: fixture.folder + "/proc/stat", atomically: false, encoding: .utf8)
    collected.collect([collector])
    #expect(few == 2 * 10 + 2)
    #expect(collected.seriesCount == 4096 * 10 + 2)
    #expect(collected.statuses[0].isSuccessful)
  }

  @Test func `a file beyond the bound is refused`() throws {
    let fixture = try HostFixture()
    try fixture.write("proc/loadavg", "1 2 3" + String(repeating: " ", count: HostFileBuffer.sizeMax))
    let collected = Collected(of: [LoadCollector(fixture.roots, HostFileBuffer())])
    #expect(collected.problems.first?.contains("EFBIG") ?? false)
  }

  @Test(arguments: [
    ("1 (a) S 1 1 1 0 -1 4 1 1 0 0 1 1 1 1 20 0 7 0 1", UInt8(ascii: "S"), 7),
    ("1 (a) R 1) (b) D 1 1 1 0 -1 4 1 1 0 0 1 1 1 1 20 0 3 0 1", UInt8(ascii: "D"), 3),
  ])
  func `a process's state is behind its name, whatever that is`(text: String, state: UInt8, threads: Int) {
    let found = ProcessCollector.read(Array(text.utf8).span)
    #expect(found?.state == state)
    #expect(found?.threadCount == threads)
  }

  @Test(arguments: ["", "1 (a", "1 (a) ", "1 (a) S 1", "1 (a) SS 1 1 1 0 -1 4 1 1 0 0 1 1 1 1 20 0 7"])
  func `a process's malformed text is not read`(text: String) {
    #expect(ProcessCollector.read(Array(text.utf8).span) == nil)
  }

  @Test(arguments: [
    ("0", 0.0), ("-1", -1), ("12.5", 12.5), ("0.21", 0.21), ("18446744073709551615", 1.8446744073709552e19),
    ("", nil), ("-", nil), ("1.", nil), (".5", nil), ("1e5", nil), ("18446744073709551616", nil), ("1 2", nil),
    ("0.1234567890123456", nil),
  ])
  func `a decimal number is read`(text: String, value: Double?) {
    #expect(KernelNumber.number(Array(text.utf8).span) == value)
  }

  @Test(arguments: [
    ("ram0", true), ("loop12", true), ("sda", false), ("sda1", true), ("vdb15", true), ("xvda1", true), ("dm-0", false),
    ("nvme0n1", false), ("nvme0n1p1", true), ("nvme10n2p13", true), ("nvmen1p1", false), ("mmcblk0p1", false),
    ("zram0", false), ("md127", false), ("fd0", true), ("sdaa", false), ("sdaa1", false), ("", false), ("1", false),
  ])
  func `partitions and memory are no disks`(device: String, isLeftOut: Bool) {
    #expect(DiskCollector.isLeftOut(Array(device.utf8).span) == isLeftOut)
  }
}
