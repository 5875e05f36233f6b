package import Base
import Columns
package import Engine
package import Feature
import SQLBuilder
import ScoreSQL
package import Scores

extension ScoreLog: ScoreReading {
  package func scores(of tenant: TenantID, during activity: QueryActivity) -> any TenantScores {
    reader(of: tenant, during: activity)
  }

  package func reader(of tenant: TenantID, during activity: QueryActivity) -> ScoreReader {
    ScoreReader(log: self, tenant: tenant, activity: activity)
  }
}

/// Reads the scores of one tenant, for the time of one request.
package struct ScoreReader: TenantScores {
  let log: ScoreLog
  let tenant: TenantID
  let activity: QueryActivity

  /// The most tallies of one read: a few for each span of the longest trace that is read at once.
  private static let tallyCountMax = 200_000

  package func settle() throws(QueryFailure) {
    do {
      log.settle(tenant, within: min(log.limits.timeout, try activity.timeLeft()))
    } catch {
      throw QueryFailure(error)
    }
  }

  func rows(_ select: Select) throws(QueryFailure) -> QueryResult {
    try settle()
    do {
      var limits = log.limits
      limits.timeout = min(limits.timeout, try activity.timeLeft())
      return try log.engine.query(
        select.statement(for: tenant, limits: limits, derivedUntil: nil), during: activity)
    } catch {
      throw QueryFailure(error)
    }
  }

  package func newest(_ filter: ScoreFilter, limit: Int) throws(QueryFailure) -> [Score] {
    let rows = try rows(filter.select(limit: limit))
    return (0..<rows.rowCount).compactMap { Score(rows, $0) }
  }

  package func tallies(ofTraces ids: [TraceID]) throws(QueryFailure) -> [TraceID: [ScoreTally]] {
    if ids.isEmpty || !log.mayHaveScores { return [:] }
    return try tallies(["trace_id"], ["hex(trace_id) AS trace_hex"], where: "trace_id IN (\(ids))") { rows, row in
      rows.traceID(row)
    }
  }

  package func tallies(ofSpansIn ids: [TraceID]) throws(QueryFailure) -> [ScoredSpan: [ScoreTally]] {
    if ids.isEmpty || !log.mayHaveScores { return [:] }
    return try tallies(
      ["trace_id", "span_id"], ["hex(trace_id) AS trace_hex", "span_id"], where: "trace_id IN (\(ids))", "span_id != 0"
    ) { rows, row in
      ScoredSpan(
        traceID: rows.traceID(row), spanID: SpanID(rows["span_id"].unsigned(row) ?? 0))
    }
  }

  package func tallies(ofSessions ids: [String]) throws(QueryFailure) -> [String: [ScoreTally]] {
    if ids.isEmpty || !log.mayHaveScores { return [:] }
    return try tallies(["session_id"], ["session_id"], where: "has(\(ids), session_id)", "session_id != ''") {
      rows, row in
      rows["session_id"].string(row) ?? ""
    }
  }

  /// The tallies of things.
  ///
  /// - Parameters:
  ///   - columns: what names a thing.
  ///   - shown: the same as it is read.
  private func tallies<Thing: Hashable>(
    _ columns: [SQLFragment], _ shown: [SQLFragment], where condition: SQLFragment, _ more: SQLFragment = "true",
    _ thing: (QueryResult, Int) -> Thing
  ) throws(QueryFailure) -> [Thing: [ScoreTally]] {
    var select = Select(
      shown + [
        "name", "kind", "count() AS score_count", "avg(number) AS mean", "argMax(number, (time, id)) AS latest_number",
        "argMax(category, (time, id)) AS latest_category",
      ], from: ScoreSQL.inForce, where: [condition.withIDs, condition, more], groupBy: columns + ["name", "kind"],
      orderBy: ["name", "kind"], limit: Self.tallyCountMax)
    select.limitBy = (ScoreLimits.tallyCountMax, columns)
    let rows = try rows(select)
    var tallies: [Thing: [ScoreTally]] = [:]
    for row in 0..<rows.rowCount {
      guard
        let value = ScoreValue(
          kind: rows["kind"].string(row), number: rows["latest_number"].double(row),
          category: rows["latest_category"].string(row))
      else { continue }
      tallies[thing(rows, row), default: []].append(
        ScoreTally(
          name: rows["name"].string(row) ?? "", kind: value.kind, count: rows["score_count"].unsigned(row) ?? 0,
          mean: value.kind == .category ? nil : rows["mean"].double(row), latest: value))
    }
    return tallies
  }
}

extension SQLFragment {
  /// The condition that a row has the id of one that fulfils this, by which the engine finds it in its sort key.
  ///
  /// It finds more: also scores that are not about the same any more.
  fileprivate var withIDs: SQLFragment { "id IN \(Select(["id"], from: .scores, where: [self]))" }
}

extension ScoreFilter {
  /// The conditions but for the place.
  var conditions: [SQLFragment] {
    var conditions: [SQLFragment] = []
    func place(_ condition: SQLFragment) { conditions += [condition.withIDs, condition] }
    if let id { conditions.append("id = \(id)") }
    if let traceID { place("trace_id = \(traceID)") }
    if let sessionID { place("session_id = \(sessionID)") }
    if let spanID { conditions.append("span_id = \(spanID.rawValue)") }
    if let name { conditions.append("name = \(name)") }
    if let kind { conditions.append("kind = \(kind.rawValue)") }
    if let source { conditions.append("source = \(source.rawValue)") }
    if let author { conditions.append("author = \(author)") }
    if let category { conditions.append("kind = 'category' AND category = \(category)") }
    if let minimum { conditions.append("kind != 'category' AND number >= \(minimum)") }
    if let maximum { conditions.append("kind != 'category' AND number <= \(maximum)") }
    if let from { conditions.append("time >= fromUnixTimestamp64Nano(\(from.rawValue))") }
    if let until { conditions.append("time < fromUnixTimestamp64Nano(\(until.rawValue))") }
    return conditions
  }

  fileprivate func select(limit: Int) -> Select {
    var conditions = conditions
    if let behind {
      let time = behind.time.rawValue
      conditions.append("time <= fromUnixTimestamp64Nano(\(time))")
      conditions.append("time < fromUnixTimestamp64Nano(\(time)) OR id < \(behind.id)")
    }
    return Select(
      [
        "id", "name", "kind", "number", "category", "source", "comment", "author", "hex(trace_id) AS trace_hex",
        "span_id", "session_id",
        "reinterpretAsInt64(time) AS nanoseconds",
      ], from: ScoreSQL.inForce, where: conditions, orderBy: ["time DESC", "id DESC"], limit: limit)
  }
}

extension Score {
  /// Nil for a row of a later version's kind.
  fileprivate init?(_ rows: QueryResult, _ row: Int) {
    func text(_ name: String) -> String? { rows[name].string(row).flatMap { $0.isEmpty ? nil : $0 } }
    guard
      let value = ScoreValue(
        kind: text("kind"), number: rows["number"].double(row), category: rows["category"].string(row))
    else { return nil }
    let trace = rows.traceID(row)
    let span = SpanID(rows["span_id"].unsigned(row) ?? 0)
    let target: ScoreTarget =
      if let session = text("session_id") { .session(session) } else if span == SpanID(0) { .trace(trace) } else {
        .span(trace, span)
      }
    self.init(
      id: text("id") ?? "", name: text("name") ?? "", value: value, target: target,
      source: text("source").flatMap(ScoreSource.init) ?? .api, comment: text("comment"), author: text("author"),
      time: UnixNanoseconds(rows["nanoseconds"].int(row) ?? 0))
  }
}

extension QueryResult {
  /// Of the column `trace_hex`.
  fileprivate func traceID(_ row: Int) -> TraceID {
    self["trace_hex"].string(row).flatMap { TraceID(hex: $0) } ?? TraceID(high: 0, low: 0)
  }
}

extension ScoreValue {
  init?(kind: String?, number: Double?, category: String?) {
    switch kind.flatMap(ScoreKind.init) {
    case .number: self = .number(number ?? 0)
    case .boolean: self = .boolean(number == 1)
    case .category: self = .category(category ?? "")
    case nil: return nil
    }
  }
}
