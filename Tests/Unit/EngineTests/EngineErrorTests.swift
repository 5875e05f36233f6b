import Engine
import Testing

/// Goal: each of ClickHouse's errors that matter to us means one thing, to commits and to queries.
///
/// The numbers are those of its `src/Common/ErrorCodes.cpp`.
@Suite struct EngineErrorTests {
  private typealias Row = (
    codes: [Int], meaning: EngineError.Meaning, remedy: EngineError.Remedy, query: QueryFailure.Reason
  )

  private static let rows: [Row] = [
    ([16, 44, 47, 60, 81, 27, 117, 53, 62, 456], .rejected, .none, .defect),
    ([159, 160], .timeout, .wait, .timeout),
    ([241, 173], .outOfMemory, .less, .tooLarge),
    ([158, 307, 396, 201], .tooLarge, .less, .tooLarge),
    ([394, 734], .interrupted, .wait, .cancelled),
    ([319, 341], .unknownOutcome, .wait, .unavailable),
    ([252], .mergesBehind, .wait, .unavailable),
    ([202, 203, 745], .busy, .wait, .unavailable),
    ([242, 225, 244, 999], .readOnly, .otherReplica, .unavailable),
    ([285, 286, 289], .noQuorum, .wait, .unavailable),
    ([243, 499], .storageFailure, .wait, .unavailable),
    ([209, 210, 519, 265, 279], .unreachable, .otherReplica, .unavailable),
    ([516, 497], .forbidden, .wait, .unavailable),
    // A damaged part, a file that does not open, no number, and numbers of later versions: the rows may be good.
    ([33, 40, 76, 0, -1, 12_345], .unavailable, .wait, .unavailable),
  ]

  @Test func `an error of the engine means one thing`() {
    for row in Self.rows {
      for code in row.codes {
        let error = EngineError(clickHouse: code, message: "Code: \(code). DB::Exception: words of the engine")
        #expect(error.meaning == row.meaning, "\(code)")
        #expect(error.remedy == row.remedy, "\(code)")
        #expect(QueryFailure(error).reason == row.query, "\(code)")
        #expect(error.description.contains("Code: \(code)"), "logs have the number")
        let summary = error.meaning.summary
        #expect(summary.allSatisfy { !$0.isNumber }, "clients do not")
      }
    }
    let codes = Self.rows.flatMap(\.codes)
    #expect(Set(codes).count == codes.count)
  }

  @Test func `one insert into too many partitions is not merges that are behind`() {
    let error = EngineError(
      clickHouse: 252, message: "Too many partitions for single INSERT block (more than 1000)")
    #expect(error.meaning == .tooManyPartitions)
    #expect(error.remedy == .none)
  }

  @Test(arguments: [
    ("OptimizedRegularExpression: cannot compile re2: (, error: missing ): (. Look at https://…", "missing ): ("),
    ("cannot compile", "the expression is not valid"),
  ])
  func `the reason of a regular expression is RE2's own`(message: String, reason: String) {
    #expect(QueryFailure(EngineError(clickHouse: 427, message: message)).reason == .invalidRegex(reason, nil))
  }
}
