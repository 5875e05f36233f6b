/// How rows of `traces` and `operations` follow from rows of `spans`.
enum DerivedRows {
  /// One row a trace. A row that is derived again changes nothing: the table keeps minima and maxima.
  static func traces(where condition: String = "1") -> String {
    """
    SELECT
      s.tenant AS tenant,
      s.trace_id AS trace_id,
      min(toUnixTimestamp64Nano(s.start_time)) AS start_ns,
      max(toUnixTimestamp64Nano(s.start_time) + s.duration_ns) AS end_ns,
      max(toUnixTimestamp64Nano(s.start_time)) AS last_start_ns,
      maxIf(s.name, s.parent_span_id = 0) AS root_name,
      maxIf(s.service_name, s.parent_span_id = 0) AS root_service
    FROM spans AS s
    WHERE \(condition)
    GROUP BY tenant, trace_id
    """
  }

  /// One row an operation. Again a row that is derived twice changes nothing.
  static func operations(where condition: String = "1") -> String {
    """
    SELECT
      s.tenant AS tenant, s.service_name AS service_name, s.name AS name, s.kind AS kind, max(now()) AS last_seen
    FROM spans AS s
    WHERE \(condition)
    GROUP BY tenant, service_name, name, kind
    """
  }

  /// Statements that complete both tables for the spans that came last.
  ///
  /// The engine commits the rows of `spans` before those that its views derive. A process that is killed in between
  /// leaves spans without their trace, and a retry of their request is recognised as stored. Commits follow each other,
  /// so only the last one can be cut: spans of the 10 seconds before the youngest are more than one commit holds.
  static let completion: [String] = {
    let last = "s.received_at >= (SELECT max(received_at) FROM spans) - 10"
    return [
      "INSERT INTO traces \(traces(where: last))", "INSERT INTO operations \(operations(where: last))",
    ]
  }()
}
