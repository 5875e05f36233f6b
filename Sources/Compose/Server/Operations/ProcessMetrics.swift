import Base
import Glibc
import Metrics
import System

/// The metrics of a process that every Prometheus exporter has, by their usual names.
///
/// One that cannot be read is left out.
enum ProcessMetrics {
  /// - Parameter folder: where the kernel describes this process (proc(5)).
  static func register(into metrics: MetricRegistry, folder: String = "/proc/self") {
    metrics.counter("process_cpu_seconds_total", help: "User and system CPU time, in seconds.") { cpuSeconds() }
    metrics.gauge("process_resident_memory_bytes", help: "Resident memory, in bytes.") {
      statusPages(1, folder) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    metrics.gauge("process_virtual_memory_bytes", help: "Virtual memory, in bytes.") {
      statusPages(0, folder) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    metrics.gauge("process_open_fds", help: "Open file descriptors.") { openDescriptorCount(folder) }
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

  /// A number of `statm` (proc(5)): 0 is the size, 1 the resident set, in pages.
  ///
  /// NaN when it cannot be read.
  private static func statusPages(_ index: Int, _ folder: String) -> Double {
    guard let bytes = try? File.read("\(folder)/statm", sizeMax: 256) else { return .nan }
    let numbers = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    return index < numbers.count ? Double(numbers[index]) ?? .nan : .nan
  }

  private static func openDescriptorCount(_ folder: String) -> Double {
    // One is the directory that is being read.
    guard let count = try? File.entryCount(ofDirectory: "\(folder)/fd") else { return .nan }
    return Double(max(0, count - 1))
  }
}
