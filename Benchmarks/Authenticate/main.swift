// Nanoseconds of CPU to tell who makes a request: a known key, an unknown one, and the first use of a key.
import Base
import Glibc
import Identity
import LogSinks
import RegistrySQLite
import TLS

/// The CPU time of this thread in nanoseconds.
func cpuNanoseconds() -> Int64 {
  var time = timespec()
  // SAFETY: a whole timespec that lives through the call.
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// The least of five rounds, with what the calls answered, so that none can be left out.
func measure(_ name: String, count: Int, _ body: (Int) -> Bool) {
  var best = Double.infinity
  var granted = 0
  for _ in 0..<5 {
    let start = cpuNanoseconds()
    for index in 0..<count where body(index) { granted += 1 }
    best = min(best, Double(cpuNanoseconds() - start) / Double(count))
  }
  print("\(name): \(best.rounded()) ns (\(granted) granted)")
}

let registry = try SQLiteRegistry(path: ":memory:", now: StandardErrorSink.wallClock())
let issuer = APIKeyIssuer(
  registry: registry, hash: SHA256.digest, random: { SecureRandom.bytes(count: $0) },
  now: StandardErrorSink.wallClock)
var headers: [String] = []
for _ in 0..<1000 {
  headers.append("Bearer " + (try issuer.issue(name: "k", tenant: .default, permissions: [.ingest]).token.text))
}
let authenticator = try Authenticator(
  registry: registry, mode: .keysRequired, hash: SHA256.digest, now: StandardErrorSink.wallClock)
let unknown = (0..<1000).map { _ in
  "Bearer " + APIKeyToken(randomBytes: SecureRandom.bytes(count: APIKeyToken.randomByteCount)).text
}

func isGranted(_ header: String) -> Bool {
  if case .success = authenticator.authenticate(authorization: header, apiKey: nil, isLoopback: false) { return true }
  return false
}

let start = cpuNanoseconds()
let first = headers.count { isGranted($0) }
print("first use of a key: \((cpuNanoseconds() - start) / Int64(headers.count)) ns (\(first) granted)")
measure("one known key", count: 1_000_000) { _ in isGranted(headers[0]) }
measure("a thousand known keys in turn", count: 1_000_000) { isGranted(headers[$0 % 1000]) }
measure("unknown keys", count: 1_000_000) { isGranted(unknown[$0 % 1000]) }
