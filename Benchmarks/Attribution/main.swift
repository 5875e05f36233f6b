// Milliseconds of CPU to attribute spans on eight GPUs, ten minutes with a sample each second: a trace of 1,000 spans, alone
// and among others; and spans on one GPU, each within the one before. Reading is not part of it; attribution.py measures the whole. `--smoke` takes 20 spans.
import Attribution
import Base
import Glibc

/// The CPU time of this thread in nanoseconds.
func cpuNanoseconds() -> Int64 {
  var time = timespec()
  // SAFETY: a whole timespec that lives through the call.
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

let isSmoke = CommandLine.arguments.contains("--smoke")
let second: Int64 = 1_000_000_000
let begin: Int64 = 1_800_000_000 * second
let duration: Int64 = 600
let gpuCount = 8

func column(_ value: (Int64) -> Double) -> SampleColumn {
  SampleColumn(times: (0...duration).map { begin + $0 * second }, values: (0...duration).map(value))
}

/// Spans of a trace one after another, four at a time on each GPU, within one around them; and others.
func board(_ number: Int, spanCount: Int, otherCount: Int) -> BoardInput {
  var board = BoardInput()
  board.energy = column { 1e6 + Double($0) * 600 }
  board.power = column { 500 + Double($0 % 100) }
  var resource = ResourceInput(id: "GPU-\(number)")
  resource.utilisation = column { Double($0 % 10) / 10 }
  resource.memory = column { 7e10 + Double($0) }
  resource.smClock = column { 1.9e9 + Double($0) }
  resource.clockEventReasons = column { $0 % 7 == 0 ? 4 : 0 }
  let step = duration * second / Int64(max(spanCount, otherCount, 1))
  for (trace, count) in [(UInt64(1), spanCount), (2, otherCount)] {
    for index in 0..<count {
      let start = begin + Int64(index) * (duration * second / Int64(count))
      resource.spans.append(
        SpanInterval(
          traceID: TraceID(high: 0, low: trace == 1 ? 1 : UInt64(index + 2)), spanID: SpanID(UInt64(index + 1)),
          parentID: trace == 1 && index > 0 ? SpanID(1) : nil, start: start,
          end: trace == 1 && index == 0 ? begin + duration * second : start + 4 * step,
          tokens: Double(100 + index % 50)))
    }
  }
  board.resources = [resource]
  return board
}

/// Spans of a trace on one GPU, each within the one before.
func nested(spanCount: Int) -> BoardInput {
  var nested = board(0, spanCount: 0, otherCount: 0)
  let step = duration * second / Int64(2 * spanCount)
  for index in 0..<Int64(spanCount) {
    nested.resources[0].spans.append(
      SpanInterval(
        traceID: TraceID(high: 0, low: 1), spanID: SpanID(UInt64(index + 1)),
        parentID: index > 0 ? SpanID(UInt64(index)) : nil, start: begin + index * step,
        end: begin + duration * second - index * step, tokens: nil))
  }
  return nested
}

/// The least CPU time of some tries in milliseconds, and the energy of all spans alone.
func attribute(_ boards: [BoardInput], tries: Int) -> (milliseconds: Double, joules: Double) {
  var joules = 0.0
  var best = Int64.max
  for _ in 0..<tries {
    let start = cpuNanoseconds()
    joules = boards.reduce(0) { sum, board in
      let attribution = BoardAttribution(board, in: begin..<begin + duration * second)
      return sum + attribution.resources[0].uses.reduce(0) { $0 + ($1.energy.value?.selfJoules ?? 0) }
    }
    best = min(best, cpuNanoseconds() - start)
  }
  return (Double(best / 1_000) / 1_000, joules)
}

let tries = isSmoke ? 2 : 15

for otherCount in isSmoke ? [0] : [0, 1_000, 10_000] {
  let spanCount = isSmoke ? 20 : 1_000
  let boards = (0..<gpuCount).map {
    board($0, spanCount: spanCount / gpuCount, otherCount: otherCount / gpuCount)
  }
  let (milliseconds, joules) = attribute(boards, tries: tries)
  print("\(spanCount) spans, \(otherCount) beside them: \(milliseconds) ms, \(joules) J")
}

let depth = isSmoke ? 20 : 50_000
let (milliseconds, joules) = attribute([nested(spanCount: depth)], tries: tries)
print("\(depth) spans on one GPU, each within the one before: \(milliseconds) ms, \(joules) J")
