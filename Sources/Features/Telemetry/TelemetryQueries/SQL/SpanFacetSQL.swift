import Base
import SQLBuilder

/// Values of spans as pairs of a field and a text, and the statements that count them.
enum SpanFacetSQL {
  /// Longer values, such as prompts, are no groups that anyone looks for.
  static let valueLengthMax = 256

  /// How many spans a filter finds.
  static func count(_ conditions: [SQLFragment]) -> Select {
    Select(["count() AS spans"], from: .spans, where: conditions)
  }

  /// One of so many spans, chosen by their ids, so that the same are chosen each time; all for 1.
  static func isSampled(oneOf divisor: UInt64) -> [SQLFragment] {
    divisor > 1 ? ["cityHash64(trace_id, span_id) % \(divisor) = 0"] : []
  }

  /// The pairs of the fields of a span that everyone knows.
  static let fields: SQLFragment = """
    arrayFilter(p -> p.2 != '', [('service', toString(service_name)), ('operation', toString(name)), \
    ('status', \(status)), ('kind', \(kind)), ('model', toString(\(AnalyticsRows.model))), \
    ('provider', toString(provider)), ('user', user_id), ('session', session_id)])
    """

  /// The pairs of fields that have no filter of their own, but show what spans have in common.
  static let furtherFields: SQLFragment = """
    arrayFilter(p -> p.2 != '', [('finish_reason', toString(finish_reason)), ('error_type', toString(error_type)), \
    ('node', toString(node_id)), ('scope', toString(scope_name)), \
    ('input_tokens', \(magnitude("input_tokens"))), ('output_tokens', \(magnitude("output_tokens"))), \
    ('cached_tokens', \(magnitude("cached_tokens"))), ('reasoning_tokens', \(magnitude("reasoning_tokens")))])
    """

  static let gpus: SQLFragment = "arrayMap(g -> ('gpu', toString(g)), gpu_ids)"

  /// The pairs of the attributes that have no column of their own.
  static let attributes: SQLFragment = """
    arrayMap((k, v) -> (concat('attr.', toString(k)), v), mapKeys(attributes), mapValues(attributes))
    """

  private static let status: SQLFragment = "['unset', 'ok', 'error'][status_code + 1]"
  private static let kind: SQLFragment =
    "['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'][kind + 1]"

  /// A count by its power of two, such as `1024-2047`.
  private static func magnitude(_ column: SQLFragment) -> SQLFragment {
    """
    multiIf(isNull(\(column)), '', \(column) = 0, '0', concat(toString(bitShiftLeft(toUInt64(1), \
    toUInt8(floor(log2(assumeNotNull(\(column))))))), '-', toString(bitShiftLeft(toUInt64(2), \
    toUInt8(floor(log2(assumeNotNull(\(column)))))) - 1)))
    """
  }

  /// How many spans of each of two samples have which value: those whose shares differ most.
  ///
  /// - Parameters:
  ///   - samples: The conditions of each sample, and its size.
  ///   - limit: The most values.
  static func compared(
    _ samples: (a: (conditions: [SQLFragment], count: UInt64), b: (conditions: [SQLFragment], count: UInt64)),
    limit: Int
  ) -> Select {
    let pairs: SQLFragment = "arrayConcat(\(fields), \(furtherFields), \(gpus), \(attributes))"
    let short = "arrayDistinct(arrayFilter(p -> length(p.2) <= \(UInt64(valueLengthMax)), \(pairs)))" as SQLFragment
    let sides = Select.Source.union([
      Select(["toUInt8(1) AS is_a", "arrayJoin(\(short)) AS pair"], from: .spans, where: samples.a.conditions),
      Select(["toUInt8(0) AS is_a", "arrayJoin(\(short)) AS pair"], from: .spans, where: samples.b.conditions),
    ])
    return differing(
      Select(
        [
          "pair.1 AS field", "pair.2 AS value", "countIf(is_a = 1) AS count_a", "countIf(is_a = 0) AS count_b",
        ], from: sides, groupBy: ["field", "value"]), samples.a.count, samples.b.count, limit: limit)
  }

  private static func differing(_ counts: Select, _ countA: UInt64, _ countB: UInt64, limit: Int) -> Select {
    Select(
      ["field", "value", "count_a", "count_b", "count() OVER () AS value_count"], from: .subquery(counts),
      orderBy: ["abs(count_a / \(countA) - count_b / \(countB)) DESC", "field", "value"], limit: limit)
  }

  /// How many spans of a sample each resource has.
  static func resources(_ conditions: [SQLFragment], limit: Int) -> Select {
    Select(
      ["resource_id", "count() AS spans"], from: .spans, where: conditions, groupBy: ["resource_id"],
      orderBy: ["spans DESC", "resource_id"], limit: limit)
  }
}
