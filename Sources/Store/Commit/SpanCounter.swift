package import Base
import Columns
package import Engine
import Synchronization
import System
import Telemetry

/// Has each span of a commit say what of it counts, and each call count once; see ``SpanLedger``.
///
/// One writer's thread calls it: ``rows(of:)``, then ``didStore()`` or ``didFail(_:)``.
package final class SpanCounter: Sendable {
  private let ledger: SpanLedger
  private let engine: any AnalyticsEngine
  private let inserter: any BlockInserter
  private let logger: Logger
  private let failed = Mutex<ColumnBlock?>(nil)

  package init(
    ledger: SpanLedger = SpanLedger(), engine: any AnalyticsEngine, inserter: any BlockInserter, logger: Logger
  ) {
    self.ledger = ledger
    self.engine = engine
    self.inserter = inserter
    self.logger = logger
  }

  /// Reads the newest spans that are stored.
  ///
  /// The first commit of a process waits for it, a second at most.
  func begin() {
    do throws(EngineError) {
      try loadNewest()
    } catch {
      logger.warning(
        "the newest spans are not known; copies of them, and calls they report again, may count twice",
        .init("error", error))
    }
  }

  /// The rows with the column `counting`.
  func rows(of spans: ColumnBlock) -> ColumnBlock {
    spans.adding("counting", ledger.mark(spans, storedAt: WallClock.now))
  }

  /// The rows are stored.
  ///
  /// Takes back what others counted for that are found to be around them.
  func didStore() {
    let late = ledger.takeLate()
    guard !late.isEmpty else { return }
    do throws(EngineError) {
      try inserter.insert(Self.block(of: late), into: Self.lateTable)
    } catch {
      // The rows are stored and must not be stored again; the corrections come with the next commit, or the next start.
      let lost = ledger.keepLate(late)
      logger.warning(
        "outer spans still count; trying again later", .init("spans", late.count), .init("lost", lost),
        .init("error", error))
    }
  }

  /// The rows are not stored, as it seems.
  func didFail(_ rows: ColumnBlock) {
    ledger.takeBack()
    failed.withLock { $0 = rows }
  }

  /// The rows that failed last were stored after all.
  ///
  /// They MUST be unchanged.
  func didStoreAfterAll() {
    guard let rows = failed.withLock({ $0.take() }) else { return }
    _ = ledger.mark(rows, storedAt: WallClock.now)
    didStore()
  }

  // MARK: - The tables

  private static let lateTable = TableDeclaration.lateOuterSpans.name

  private static func block(of spans: [LateOuterSpan]) -> ColumnBlock {
    let tenants = FixedColumn<UInt32>()
    let traces = FixedBytesColumn()
    let ids = FixedColumn<UInt64>()
    let times = FixedColumn<UInt32>()
    for span in spans {
      tenants.append(span.tenant)
      traces.append(high: span.traceID.high, low: span.traceID.low)
      ids.append(span.spanID)
      times.append(span.storedAt)
    }
    return ColumnBlock(["tenant": tenants, "trace_id": traces, "span_id": ids, "outer_received_at": times])
  }

  /// Spans that are read at the start at most: 12 MB of columns, half a second.
  private static let loadedCountMax = 250_000
  /// How far back they are read, in seconds: the first of these that holds no more than may be read.
  ///
  /// Exporters go on retrying for five minutes.
  private static let loadedSeconds: [Int64] = [600, 60, 10]

  private func loadNewest() throws(EngineError) {
    var seconds = Self.loadedSeconds[0]
    for candidate in Self.loadedSeconds {
      seconds = candidate
      let count = try engine.query(
        SQLStatement(
          "SELECT count() AS n FROM spans WHERE received_at >= now() - {age:UInt32}", ["age": .int(candidate)]))
      if count["n"].unsigned(0) ?? 0 <= UInt64(Self.loadedCountMax) { break }
    }
    let spans = try engine.query(
      SQLStatement(
        Self.newestSpans, ["age": .int(seconds), "count": .int(Int64(Self.loadedCountMax))]))
    guard spans.rowCount > 0 else { return }
    load(spans)
  }

  private static let newestSpans = """
    SELECT tenant, trace_id, span_id, parent_span_id, ifNull(input_tokens, 0) AS input, ifNull(output_tokens, 0) AS output,
      request_model, response_model, toUInt32(toUnixTimestamp(received_at)) AS stored_at,
      bitOr(counting, if((tenant, trace_id, span_id) IN (
        SELECT tenant, trace_id, span_id FROM \(lateTable) WHERE received_at >= now() - {age:UInt32}), 2, 0)) AS counted
    FROM spans WHERE received_at >= now() - {age:UInt32}
    ORDER BY received_at DESC, bitTest(counting, 0) DESC LIMIT {count:UInt64}
    """

  private func load(_ result: QueryResult) {
    let tenants = FixedColumn<UInt32>()
    let traces = FixedBytesColumn()
    let (ids, parents) = (FixedColumn<UInt64>(), FixedColumn<UInt64>())
    let (inputs, outputs) = (NullableColumn<UInt64>(), NullableColumn<UInt64>())
    let (requested, answered) = (DictionaryColumn(), DictionaryColumn())
    var storedAt: [UInt32] = []
    var counting: [UInt8] = []
    let (tenant, traceID, spanID) = (result["tenant"], result["trace_id"], result["span_id"])
    let (parent, input, output) = (result["parent_span_id"], result["input"], result["output"])
    let (requestModel, responseModel) = (result["request_model"], result["response_model"])
    let (stored, counted) = (result["stored_at"], result["counted"])
    // The oldest first, and of a commit the copies last: what they are copies of says whether it counts.
    for row in (0..<result.rowCount).reversed() {
      let bytes = traceID.bytes(row) ?? []
      let half = { (part: ArraySlice<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
      tenants.append(UInt32(truncatingIfNeeded: tenant.unsigned(row) ?? 0))
      traces.append(high: half(bytes.prefix(8)), low: half(bytes.dropFirst(8).prefix(8)))
      ids.append(spanID.unsigned(row) ?? 0)
      parents.append(parent.unsigned(row) ?? 0)
      inputs.append(input.unsigned(row))
      outputs.append(output.unsigned(row))
      requested.append(requestModel.string(row) ?? "")
      answered.append(responseModel.string(row) ?? "")
      storedAt.append(UInt32(truncatingIfNeeded: stored.unsigned(row) ?? 0))
      counting.append(UInt8(truncatingIfNeeded: counted.unsigned(row) ?? 0))
    }
    ledger.load(
      ColumnBlock([
        "tenant": tenants, "trace_id": traces, "span_id": ids, "parent_span_id": parents, "input_tokens": inputs,
        "output_tokens": outputs, "request_model": requested, "response_model": answered,
      ]), storedAt: storedAt, counting: counting)
  }
}
