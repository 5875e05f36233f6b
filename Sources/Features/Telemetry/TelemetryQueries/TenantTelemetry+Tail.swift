package import Base
package import Engine
import SQLBuilder

/// How far a follower of new spans has come.
package struct TailPosition: Sendable {
  /// The last block of each partition that was looked at. ClickHouse numbers the inserts of a partition.
  fileprivate var blocks: [String: UInt64]
  /// When the last look was.
  fileprivate var time: UnixNanoseconds
  /// The newest spans that were given out, against repeats from merged parts.
  fileprivate var recent: [TailKey] = []

  fileprivate static let recentCountMax = 20_000
}

private struct TailKey: Hashable {
  let traceID: TraceID
  let spanID: SpanID
}

extension TenantTelemetry {
  /// The position behind everything that is stored.
  package func tailPosition(now: UnixNanoseconds) throws(QueryFailure) -> TailPosition {
    var position = TailPosition(blocks: [:], time: now)
    for (partition, block) in try newBlocks(since: position) { position.blocks[partition] = block }
    return position
  }

  /// The spans that a filter finds among those stored since a position, oldest first; moves the position on.
  ///
  /// Only parts that hold new inserts are read. When there are more spans than the limit, the newest are given: a
  /// follower who is too slow skips.
  package func newSpans(
    _ filter: SpanFilter, since position: inout TailPosition, now: UnixNanoseconds, limit: Int
  ) throws(QueryFailure) -> [StoredSpan] {
    let last = position
    let blocks = try newBlocks(since: last)
    position.time = now
    guard !blocks.isEmpty else { return [] }
    for (partition, block) in blocks { position.blocks[partition] = block }
    let filter = try resolved(filter)
    var found = try storedSpans(TailSQL.spans(filter, since: last.blocks, lastTime: last.time, limit: limit))
    if filter.isAboutTraces { found = try selected(found, filter) }
    let known = Set(last.recent)
    let fresh = found.reversed().filter { !known.contains(TailKey(traceID: $0.traceID, spanID: $0.spanID)) }
    position.recent += fresh.map { TailKey(traceID: $0.traceID, spanID: $0.spanID) }
    position.recent.removeFirst(max(0, position.recent.count - TailPosition.recentCountMax))
    return Array(fresh)
  }

  /// Those of the spans that a query selects which looks at several spans of a trace.
  private func selected(_ spans: [StoredSpan], _ filter: SpanFilter) throws(QueryFailure) -> [StoredSpan] {
    var readings = TraceReadings()
    let selections = try selections(of: Array(Set(spans.map(\.traceID))), filter, &readings)
    let selected = Set(selections.values.joined().map { TailKey(traceID: $0.traceID, spanID: $0.spanID) })
    return spans.filter { selected.contains(TailKey(traceID: $0.traceID, spanID: $0.spanID)) }
  }

  private func newBlocks(since position: TailPosition) throws(QueryFailure) -> [(String, UInt64)] {
    let result = try rows(TailSQL.newBlocks(since: position.blocks))
    return (0..<result.rowCount).map { row in
      (result["partition"].string(row) ?? "", result["last_block"].unsigned(row) ?? 0)
    }
  }
}

/// The statements of a follower. A part is named `<partition>_<first block>_<last block>_<level>`.
enum TailSQL {
  private static let firstBlock: SQLFragment = "toUInt64OrZero(splitByChar('_', _part)[2])"
  private static let lastBlock: SQLFragment = "toUInt64OrZero(splitByChar('_', _part)[3])"
  /// A row of a part that mixes old and new inserts counts as new when it was received at most so many seconds before
  /// the last look.
  private static let lateSeconds: Int64 = 2

  static func newBlocks(since blocks: [String: UInt64]) -> Select {
    Select(
      ["toString(_partition_id) AS partition", "max(\(lastBlock)) AS last_block"], from: .spans,
      where: ["\(lastBlock) > \(known(blocks))"], groupBy: ["partition"])
  }

  static func spans(
    _ filter: SpanFilter, since blocks: [String: UInt64], lastTime: UnixNanoseconds, limit: Int
  ) -> Select {
    let floor = lastTime.rawValue / 1_000_000_000 - lateSeconds
    var select = Select(
      SpanColumns.main, from: .spans,
      where: [
        "\(lastBlock) > \(known(blocks))",
        "\(firstBlock) > \(known(blocks)) OR received_at >= toDateTime(\(floor), 'UTC')",
      ] + filter.spanConditions(in: filter.range), orderBy: ["start_time DESC", "span_id"], limit: limit)
    select.limitBy = (1, ["trace_id", "span_id"])
    return select
  }

  /// The last block that is known of a row's partition, 0 for a new partition.
  private static func known(_ blocks: [String: UInt64]) -> SQLFragment {
    let partitions = blocks.keys.sorted()
    let numbers = partitions.map { blocks[$0] ?? 0 }
    return "arrayElement(\(numbers), indexOf(\(partitions), toString(_partition_id)))"
  }
}
