// Decodes the reference workload into columns on one core and prints the rate and the heap allocations.
//
// Usage: decode-benchmark [rounds]. A round is 40 batches of 500 spans into one block, which is then emptied.

import Base
import CAllocationCounter
import Columns
import Glibc
import OTLPDecoding
import Telemetry

func processorSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func decode(_ bodies: [[UInt8]], with decoder: OTLPDecoder, into batch: SpanBatch) throws -> Int {
  var accepted = 0
  for body in bodies {
    accepted += try unsafe body.withUnsafeBytes { bytes in
      try decoder.append(unsafe ExportRequest(bytes, tenant: .default), to: batch).accepted
    }
  }
  return accepted
}

func run() throws {
  let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 50
  let batchesPerRound = 40
  var workload = Workload(seed: 7)
  let bodies = (0..<batchesPerRound).map { _ in workload.batch() }
  let bodyBytes = bodies.reduce(0) { $0 + $1.count }
  let spansPerRound = batchesPerRound * Workload.spansPerBatch

  let decoder = OTLPDecoder()
  let batch = SpanBatch()

  var seconds: [Double] = []
  var allocations: UInt = 0
  for round in 0..<rounds + 2 {
    batch.removeAll()
    let allocationsBefore = CAllocationCounter_count()
    let start = processorSeconds()
    let accepted = try decode(bodies, with: decoder, into: batch)
    let elapsed = processorSeconds() - start
    precondition(accepted == spansPerRound && batch.rowCount == spansPerRound)
    // The first rounds grow the columns.
    if round < 2 { continue }
    seconds.append(elapsed)
    allocations += CAllocationCounter_count() - allocationsBefore
  }
  seconds.sort()
  let median = seconds[seconds.count / 2]
  let perSpan = Double(allocations) / Double(rounds * spansPerRound)
  print("spans a round        \(spansPerRound)")
  print("bytes a span         \(bodyBytes / spansPerRound) on the wire, \(batch.usedBytes / spansPerRound) in columns")
  print(
    "spans/s of one core  \(Int(Double(spansPerRound) / median)) median, \(Int(Double(spansPerRound) / seconds[0])) best"
  )
  print(
    "ns a span            \(Int(median * 1e9) / spansPerRound) median, \(Int(seconds[0] * 1e9) / spansPerRound) best")
  print("allocations          \(allocations) in all, \(perSpan) a span")
}

try run()
