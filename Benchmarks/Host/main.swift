// Collects the facts of this machine again and again and prints, for each collector, its processor time, allocations
// and series.
//
// Usage: host-benchmark [rounds].

import Base
import CAllocationCounter
import Collection
import Glibc
import HostCollection
import System

func processorSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func run() {
  let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200
  let groups = [
    ("quick", HostCollectors.quick(HostRoots(), .default)), ("slow", HostCollectors.slow(HostRoots(), .default)),
  ]
  for (group, entries) in groups {
    let collectors = entries.map(\.collector)
    var collected = Collected(collectors: collectors.map(\.name))
    var (seconds, allocations) = (collectors.map { _ in [Double]() }, collectors.map { _ in UInt(0) })
    for round in 0..<rounds + 2 {
      collected.begin(at: WallClock.now)
      for (number, collector) in collectors.enumerated() {
        let allocationsBefore = CAllocationCounter_count()
        let start = processorSeconds()
        collected.run(collector, number: number)
        let elapsed = processorSeconds() - start
        // The first rounds open files and add series.
        if round < 2 { continue }
        seconds[number].append(elapsed)
        allocations[number] += CAllocationCounter_count() - allocationsBefore
      }
    }
    var total = 0.0
    for (number, collector) in collectors.enumerated() {
      let sorted = seconds[number].sorted()
      total += sorted[rounds / 2]
      let status = collected.statuses[number]
      print(
        "\(group) \(collector.name): \(Int(sorted[rounds / 2] * 1e6)) µs median,",
        "\(Int(sorted[rounds - 1] * 1e6)) µs most,",
        "\(Double(allocations[number]) / Double(rounds)) allocations, \(status.seriesCount) series",
        status.isSuccessful ? "" : "(\(status.problems.first?.description ?? ""))")
    }
    print("\(group): \(Int(total * 1e6)) µs for all")
  }
}

run()
