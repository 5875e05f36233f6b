import Glibc
import Ground
import Metrics
import Platform

/// The process figures that every Prometheus exporter has, by their usual names.
enum ProcessMetrics {
  static func register(into metrics: MetricRegistry) {
    metrics.counter("process_cpu_seconds_total", help: "User and system CPU time, in seconds.") { cpuSeconds() }
    metrics.gauge("process_resident_memory_bytes", help: "Resident memory, in bytes.") {
      Double(statusPages(1)) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    metrics.gauge("process_virtual_memory_bytes", help: "Virtual memory, in bytes.") {
      Double(statusPages(0)) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    metrics.gauge("process_open_fds", help: "Open file descriptors.") { Double(openDescriptorCount()) }
    metrics.gauge("process_max_fds", help: "The limit of open file descriptors.") {
      var limit = rlimit()
      // SAFETY: getrlimit(2) fills the local struct.
      return unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Double(limit.rlim_cur) : .nan
    }
    let startedAt = Double(WallClock.now.rawValue) / 1e9
    metrics.gauge("process_start_time_seconds", help: "When the process began, in seconds since 1970.") { startedAt }
  }

  private static func cpuSeconds() -> Double {
    var usage = rusage()
    // SAFETY: getrusage(2) fills the local struct.
    guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return .nan }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// A number of /proc/self/statm (proc(5)): 0 is the size, 1 the resident set, in pages.
  private static func statusPages(_ index: Int) -> Int {
    guard let bytes = try? File.read("/proc/self/statm", sizeMax: 256) else { return 0 }
    let numbers = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    return index < numbers.count ? Int(numbers[index]) ?? 0 : 0
  }

  private static func openDescriptorCount() -> Int {
    // One is the directory that is being read.
    guard let count = try? File.entryCount(ofDirectory: "/proc/self/fd") else { return 0 }
    return max(0, count - 1)
  }
}
