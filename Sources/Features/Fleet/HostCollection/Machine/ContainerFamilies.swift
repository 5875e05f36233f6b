import Collection
import SeriesBytes

/// Use and limits of a container, under the names that cAdvisor has for them.
enum ContainerFamilies {
  private static func family(_ name: String, _ type: FamilyType, _ help: String) -> CollectedFamily {
    CollectedFamily("container_\(name)", type, help, labelNames: ["id"])
  }

  static let cpuSeconds = family("cpu_usage_seconds_total", .counter, "Processor time that was used.")
  static let cpuUserSeconds = family("cpu_user_seconds_total", .counter, "Processor time that programs used.")
  static let cpuSystemSeconds = family("cpu_system_seconds_total", .counter, "Processor time that the kernel used.")
  static let periods = family(
    "cpu_cfs_periods_total", .counter, "Periods of the limit of processor time that have passed.")
  static let throttledPeriods = family(
    "cpu_cfs_throttled_periods_total", .counter, "Periods in which there was less processor time than asked for.")
  static let throttledSeconds = family(
    "cpu_cfs_throttled_seconds_total", .counter, "Time in which threads had to wait because of the limit.")
  static let quota = family("spec_cpu_quota", .gauge, "Processor time that may be used in a period, in microseconds.")
  static let period = family("spec_cpu_period", .gauge, "The period, in microseconds.")
  static let memoryBytes = family("memory_usage_bytes", .gauge, "Memory that is used, caches of files included.")
  static let workingSetBytes = family(
    "memory_working_set_bytes", .gauge, "Memory that is used, without caches of files that can go.")
  static let residentBytes = family("memory_rss", .gauge, "Memory of the programs.")
  static let cacheBytes = family("memory_cache", .gauge, "Memory of caches of files.")
  static let swapBytes = family("memory_swap", .gauge, "Memory that was moved to swap.")
  static let memoryBytesMax = family(
    "spec_memory_limit_bytes", .gauge, "How much memory may be used; 0 where there is no limit.")
  static let kills = family("oom_events_total", .counter, "Processes that were killed for want of memory.")
  static let threads = family("threads", .gauge, "Threads.")
  static let threadsMax = family("threads_max", .gauge, "How many threads there may be; 0 where there is no limit.")
}
