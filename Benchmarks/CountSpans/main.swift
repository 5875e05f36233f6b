// Nanoseconds of CPU a span to say what of it counts: commits of traces of ten calls around a root, as `axonize-load` sends.
import Base
import Columns
import Commit
import Glibc

/// The CPU time of this thread in nanoseconds.
func cpuNanoseconds() -> Int64 {
  var time = timespec()
  // SAFETY: a whole timespec that lives through the call.
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// The columns that the ledger looks at, of traces with random ids.
func commit(rowCount: Int) -> ColumnBlock {
  let tenants = FixedColumn<UInt32>()
  let traces = FixedBytesColumn()
  let (ids, parents) = (FixedColumn<UInt64>(), FixedColumn<UInt64>())
  let (inputs, outputs) = (NullableColumn<UInt64>(), NullableColumn<UInt64>())
  let (requested, answered) = (DictionaryColumn(), DictionaryColumn())
  var (high, low, root) = (UInt64(0), UInt64(0), UInt64(0))
  for row in 0..<rowCount {
    let id = UInt64.random(in: 1 ... .max)
    if row % 10 == 0 { (high, low, root) = (.random(in: 1 ... .max), .random(in: 0 ... .max), id) }
    tenants.append(1)
    traces.append(high: high, low: low)
    ids.append(id)
    parents.append(row % 10 == 0 ? 0 : root)
    inputs.append(10)
    outputs.append(20)
    requested.append("llama")
    answered.append("llama")
  }
  return ColumnBlock([
    "tenant": tenants, "trace_id": traces, "span_id": ids, "parent_span_id": parents, "input_tokens": inputs,
    "output_tokens": outputs, "request_model": requested, "response_model": answered,
  ])
}

let rowCount = 20_000
let ledger = SpanLedger()
var (best, sum, marked) = (Double.infinity, 0.0, 0)
let rounds = 150
for round in 0..<rounds {
  let block = commit(rowCount: rowCount)
  let start = cpuNanoseconds()
  let counting = ledger.mark(block, storedAt: UnixNanoseconds(1_795_248_000_000_000_000))
  let taken = Double(cpuNanoseconds() - start) / Double(rowCount)
  for row in 0..<rowCount where counting[row] != 0 { marked += 1 }
  // The tables grow to their full size first.
  if round >= rounds / 2 { (best, sum) = (min(best, taken), sum + taken) }
}
let mean = sum / Double(rounds / 2)
print(
  "a span: \(best.rounded()) ns at best, \(mean.rounded()) ns in the mean (\(marked) of \(rounds * rowCount) marked)")
