import Glibc

/// What a run came to, printed as one JSON object.
struct Report {
  var sentSpans = 0
  var acknowledgedSpans = 0
  /// Spans that a partial success rejected.
  var rejectedSpans = 0
  /// Spans in requests the server asked to send later.
  var refusedSpans = 0
  var failedSpans = 0
  var firstFailure = ""
  var seconds = 0.0
  var bytesSent: UInt64 = 0
  var latencies = Latencies()

  var json: String {
    let failure = firstFailure.unicodeScalars.map { scalar in
      scalar.value < 0x20 || scalar == "\"" || scalar == "\\" ? " " : String(scalar)
    }.joined()
    return """
      {
        "sent_spans": \(sentSpans),
        "acknowledged_spans": \(acknowledgedSpans),
        "rejected_spans": \(rejectedSpans),
        "refused_spans": \(refusedSpans),
        "failed_spans": \(failedSpans),
        "first_failure": "\(failure)",
        "seconds": \(seconds),
        "acknowledged_spans_per_second": \(Double(acknowledgedSpans) / max(seconds, 1e-9)),
        "bytes_sent": \(bytesSent),
        "client_cpu_seconds": \(Self.cpuSeconds()),
        "latency_ms": {
          "p50": \(latencies.milliseconds(at: 0.5)),
          "p95": \(latencies.milliseconds(at: 0.95)),
          "p99": \(latencies.milliseconds(at: 0.99)),
          "max": \(Double(latencies.maximum) / 1e6)
        }
      }
      """
  }

  private static func cpuSeconds() -> Double {
    var usage = rusage()
    // SAFETY: `usage` lives for the call.
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
    let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
    return Double(seconds) + Double(microseconds) / 1e6
  }
}
