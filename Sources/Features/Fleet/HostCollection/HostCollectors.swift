package import Collection

/// The collectors of a machine.
package enum HostCollectors {
  /// How often facts are collected.
  package struct Intervals: Sendable {
    /// Processors, load, pressure and memory.
    package var cpu: Duration
    /// Disks, networks, sockets, open files and the container.
    package var io: Duration
    /// File systems, processes, temperatures and what hardly changes.
    package var usage: Duration

    package static let `default` = Intervals(cpu: .seconds(1), io: .seconds(5), usage: .seconds(30))

    package init(cpu: Duration, io: Duration, usage: Duration) {
      self.cpu = cpu
      self.io = io
      self.usage = usage
    }
  }

  package typealias Entry = (collector: any Collector, interval: Duration)

  /// Those that read a few files of the kernel, in microseconds.
  package static func quick(_ roots: HostRoots, _ intervals: Intervals) -> [Entry] {
    let buffer = HostFileBuffer()
    let cpu: [any Collector] = [
      CPUCollector(roots, buffer), LoadCollector(roots, buffer), PressureCollector(roots, buffer),
      MemoryCollector(roots, buffer), VirtualMemoryCollector(roots, buffer),
    ]
    let io: [any Collector] = [
      DiskCollector(roots, buffer), NetworkDeviceCollector(roots, buffer), NetworkStatisticsCollector(roots, buffer),
      SocketCollector(roots, buffer), KernelNumbersCollector.openFiles(roots, buffer),
      KernelNumbersCollector.trackedConnections(roots, buffer), KernelNumbersCollector.entropy(roots, buffer),
      ClockCollector(roots, buffer), ClockDisciplineCollector(), ContainerCollector(roots, buffer),
    ]
    return cpu.map { ($0, intervals.cpu) } + io.map { ($0, intervals.io) }
  }

  /// Those that go through folders, or wait for devices.
  ///
  /// They run on a thread of their own, so that the others stay on time.
  package static func slow(_ roots: HostRoots, _ intervals: Intervals) -> [Entry] {
    let buffer = HostFileBuffer()
    let collectors: [any Collector] = [
      FileSystemCollector(roots, buffer), ProcessCollector(roots, buffer), NetworkClassCollector(roots, buffer),
      ThermalCollector(roots, buffer), HardwareMonitorCollector(roots, buffer), CPUFrequencyCollector(roots, buffer),
      SystemNameCollector(roots, buffer),
    ]
    return collectors.map { ($0, intervals.usage) }
  }
}
