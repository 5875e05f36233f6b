// What collecting GPUs costs: CPU and memory of a process that reads them each second and makes series of them.
//
//   AXONIZE_NVML_STANDIN="h200x8; load wave; patient" gpu-collection-benchmark LIBRARY [SECONDS]
//
// With 0 seconds it prints the series, for example for `promtool check metrics`.
import Base
import Collection
import GPUCollection
import Glibc
import System

/// CPU seconds of the process, and its largest resident size in KiB.
func usage() -> (cpuSeconds: Double, residentKiB: Int) {
  var usage = rusage()
  // SAFETY: a whole rusage that lives through the call.
  unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
  return (seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss)
}

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
  print("usage: gpu-collection-benchmark LIBRARY [SECONDS]")
  exit(2)
}
let seconds = arguments.count > 2 ? Int(arguments[2]) ?? 30 : 30
let collector = GPUCollector([NVIDIABackend(libraryPath: arguments[1])])
try collector.start()
let metrics = GPUMetricsCollector(collector)
let clock = ContinuousClock()
var collected = Collected(collectors: [metrics.name])
// The first seconds find the GPUs and fill the tables.
for _ in 0..<3 {
  Thread.sleep(for: .seconds(1))
  collected.begin(at: WallClock.now)
  collected.run(metrics, number: 0)
}
if seconds == 0 {
  print(String(decoding: CollectedPage.encode([collected]), as: UTF8.self), terminator: "")
  exit(0)
}
let before = usage()
var longest = Duration.zero
var total = Duration.zero
for _ in 0..<seconds {
  Thread.sleep(for: .seconds(1))
  let taken = clock.measure {
    collected.begin(at: WallClock.now)
    collected.run(metrics, number: 0)
  }
  longest = max(longest, taken)
  total += taken
}
let after = usage()
let state = collector.snapshot()
let driverSeconds = state.backends[0].callCosts.reduce(0) { $0 + $1.seconds }
print(
  "\(state.gpus.count) GPUs, \(collected.sampleCount) series each second: "
    + "\((after.cpuSeconds - before.cpuSeconds) / Double(seconds) * 100) % of a core, \(after.residentKiB) KiB resident, "
    + "series in \(total / seconds) on average, \(longest) at most, \(driverSeconds) s in the library")
collector.stop()
