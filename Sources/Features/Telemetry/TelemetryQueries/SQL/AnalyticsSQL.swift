import Base
import SQLBuilder

/// The statements of analytics.
///
/// They read rows of the same columns from whatever has them (``AnalyticsRows``).
struct AnalyticsSQL {
  let query: AnalyticsQuery
  private let rows: AnalyticsRows
  private let hasLateOuterSpans: Bool

  /// - Parameters:
  ///   - newest: No derived span starts later; then the last hour can be taken whole.
  ///   - hasLateOuterSpans: Whether `late_outer_spans` holds any.
  init(_ query: AnalyticsQuery, newest: UnixNanoseconds? = nil, hasLateOuterSpans: Bool = false) {
    self.query = query
    self.hasLateOuterSpans = hasLateOuterSpans
    rows = AnalyticsRows(query, newest: newest, hasLateOuterSpans: hasLateOuterSpans)
  }

  /// Counts, tokens and durations in sum.
  ///
  /// - Parameter rowCountMax: With time buckets, the most rows of all groups; nil for as many rows as the groups with the
  ///   most spans have.
  func sums(rowCountMax: Int? = nil) -> Select { sums(from: rows.sums, rowCountMax: rowCountMax) }

  /// The same with the quantiles of ``durations(groups:withTotal:)``; nil where two statements are as good, and with time
  /// buckets.
  func sumsAndDurations() -> Select? {
    guard query.stepMinutes == nil, let source = rows.sumsAndDurations else { return nil }
    var select = sums(from: source, rowCountMax: nil)
    select.columns.insert(
      "quantilesExactWeighted(0.5, 0.95, 0.99)(duration_bucket, duration_weight) AS quantiles", at: 0)
    return select
  }

  private func sums(from source: Select.Source, rowCountMax: Int?) -> Select {
    var select = grouped(from: source, by: label)
    select.columns =
      [
        "sum(weight) AS span_count", "sum(errors) AS error_count", "sum(calls) AS call_count",
        "sum(nanoseconds) AS duration_sum", "sum(input_tokens) AS input_tokens_sum",
        "sum(output_tokens) AS output_tokens_sum",
      ] + select.columns
    // Without a group there would be one row of zeros for no spans.
    select.having = ["span_count > 0"]
    guard let label else { return select }
    if query.stepMinutes == nil {
      // The window comes before the limit.
      select.columns.append("count() OVER () AS group_count")
      select.orderBy = ["span_count DESC", "label"]
      select.limit = query.groupCountMax
    } else if let rowCountMax {
      select.limit = rowCountMax
    } else {
      // With time buckets, the groups are those with the most spans in the whole range.
      let top = Select(
        ["\(label) AS label"], from: source, groupBy: ["label"], orderBy: ["sum(weight) DESC", "label"],
        limit: query.groupCountMax)
      select.conditions.append("\(label) IN \(top)")
    }
    return select
  }

  /// The 0.5, 0.95 and 0.99 quantiles of the durations of some groups, as numbers of buckets.
  ///
  /// - Parameter withTotal: Whether one row more, with `is_total` 1, has the quantiles of all groups.
  func durations(groups: [String], withTotal: Bool = false) -> Select {
    let label = label.map { rows.durationsHaveGroupName ? "group_name" : $0 }
    var select = grouped(from: rows.durations, by: label)
    // Fewer groups than may be are all of them.
    if let label, groups.count >= query.groupCountMax {
      select.conditions.append("has(\(groups), toString(\(label)))")
    }
    var weight: SQLFragment = "weight"
    if query.isOfCalls, hasLateOuterSpans {
      addUpBuckets(in: &select)
      weight = "total"
    } else if query.isOfCalls {
      // One that was taken back since this was asked for must not become a weight of 2^64 - 1.
      weight = "toUInt64(greatest(toInt64(weight), 0))"
    }
    select.columns.insert(
      "quantilesExactWeighted(0.5, 0.95, 0.99)(duration_bucket, \(weight)) AS quantiles", at: 0)
    select.orderBy = []
    if withTotal { addTotal(to: &select) }
    return select
  }

  /// Has a select read sums of buckets: single rows of calls can be below zero, which a weight must not be.
  ///
  /// Where none is, rows are read in half the time as they are.
  private func addUpBuckets(in select: inout Select) {
    var inner = select
    inner.columns += ["duration_bucket", "sum(weight) AS total"]
    inner.groupBy.append("duration_bucket")
    inner.having = ["total > 0"]
    inner.orderBy = []
    let names = [query.stepMinutes == nil ? nil : "bucket" as SQLFragment, label == nil ? nil : "label"].compactMap(
      \.self)
    select = Select(names, from: .subquery(inner), groupBy: names)
  }

  /// One row more, of all groups together, with `is_total` 1.
  private func addTotal(to select: inout Select) {
    select.columns.append("grouping(label) AS is_total")
    select.groupBy = ["GROUPING SETS ((label), ())"]
    select.limit = select.limit.map { $0 + 1 }
  }

  /// A select by group and time; its own columns come first.
  private func grouped(from source: Select.Source, by label: SQLFragment?) -> Select {
    var select = Select([], from: source)
    if let minutes = query.stepMinutes {
      let seconds = minutes * 60
      select.columns.append("intDiv(toInt64(toUnixTimestamp(time)), \(seconds)) * \(seconds) AS bucket")
      select.groupBy.append("bucket")
      select.orderBy.append("bucket")
    }
    if let label {
      select.columns.append("\(label) AS label")
      select.groupBy.append("label")
      select.orderBy.append("label")
    }
    return select
  }

  /// A span with several GPUs counts for each of them.
  private var label: SQLFragment? {
    if query.groupValue != nil { return "group_value" }
    return switch query.grouping {
    case .service: "service_name"
    case .model: "toString(\(AnalyticsRows.model))"
    case .requestModel: "request_model"
    case .responseModel: "response_model"
    case .gpu: "toString(gpu)"
    case .provider: "provider"
    case .operation: "operation"
    case nil: nil
    }
  }
}
