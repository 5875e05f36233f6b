/// How queries are evaluated, and how much one may take.
///
/// The limits protect the process from a query that a person did not think through.
package struct EvaluationSettings: Hashable, Sendable {
  /// How far an instant selector looks back for a sample, in milliseconds: 5 minutes, as in Prometheus.
  package var lookback: Int64 = 300_000
  /// The step of a subquery that names none, in milliseconds: 1 minute, the usual interval of rules.
  package var subqueryStep: Int64 = 60_000
  /// The most samples held at once, those loaded and those computed: 50 million as in Prometheus, which are 0.8 GB.
  package var sampleCountMax = 50_000_000
  /// The most steps of a range: 11,000 as in Prometheus, more than a screen has pixels.
  package var stepCountMax = 11_000
  /// The most memory of one query, by estimate: 1 GiB.
  package var bytesMax = 1 << 30

  package init() {}
}

/// Why an evaluation has no result.
package enum EvaluationError: Error, Hashable, Sendable {
  /// Whoever asked has gone.
  case cancelled
  /// The time for the query is over.
  case timeout
  /// A limit is exceeded: a sentence that names the limit, and what to do.
  case limitExceeded(String)
  /// The store cannot answer at present: a sentence.
  case unavailable(String)
  /// The query cannot be evaluated on these series, in Prometheus' words where it has some.
  case failed(String)
}

extension EvaluationError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .cancelled: "query was canceled in expression evaluation"
    case .timeout: "query timed out in expression evaluation"
    case .limitExceeded(let message), .unavailable(let message), .failed(let message): message
    }
  }
}
