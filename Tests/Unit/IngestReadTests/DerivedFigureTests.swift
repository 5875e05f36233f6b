import Base
import EmbeddedEngine
import Engine
import EngineTestSupport
import TelemetryQueries
import Testing

/// Goal: statistics are the same whether they come from spans or from tables of any width of time.
@Suite struct DerivedFigureTests {
  private static let first: Int64 = 1_795_200_000
  private static let hour: Int64 = 3_600_000_000_000

  /// A store of 6,000 spans over 30 hours, of three services, four models and none, and five GPUs; nothing is derived yet.
  private static func store() throws -> EmbeddedStore {
    let name = EngineFixture.newName()
    try EngineFixture.store(name: name).execute(
      SQLStatement(
        """
        INSERT INTO spans (tenant, trace_id, span_id, start_time, duration_ns, status_code, service_name, request_model,
          provider, operation, response_model, input_tokens, gpu_ids, counting)
        SELECT 1, toString(number), number + 1, toDateTime64(\(first) + number * 18, 9, 'UTC'),
          number * 7919 % 1000 * 1000000, if(number % 9 = 0, 2, 0), concat('svc-', toString(number % 3)),
          if(number % 5 = 4, '', concat('m-', toString(number % 5))), 'vllm',
          if(number % 5 = 4, '', 'chat'), if(number % 10 = 4, 'answered', ''),
          if(number % 5 = 4, NULL, 7), [concat('GPU-', toString(number % 7 % 5))], if(number % 11 = 0, 2, 0)
        FROM numbers(6000)
        """))
    // A store that opens looks for commits which are not derived.
    return try EngineFixture.store(name: name)
  }

  private static let questions: [AnalyticsQuery] = {
    let start = first * 1_000_000_000
    let ranges = [
      // 24 hours that begin anywhere, all of it, less than four hours, and four hours that lie in none.
      (start + hour / 3, start + 24 * hour + hour / 3), (start - hour, start + 40 * hour),
      (start + 5 * hour / 7, start + 3 * hour), (start + 2 * hour, start + 6 * hour),
    ]
    return ranges.flatMap { range in
      ([nil] + AnalyticsGrouping.allCases.map(Optional.some)).flatMap { grouping in
        ([nil, 30, 60, 240, 480, 720] as [Int64?]).map { step in
          var query = AnalyticsQuery(
            range: TimeRange(start: UnixNanoseconds(range.0), end: UnixNanoseconds(range.1)))
          query.grouping = grouping
          query.stepMinutes = step
          return query
        }
      }
    }
  }()

  @Test func `statistics are the same before and after a roll-up`() throws {
    let store = try Self.store()
    let telemetry = TelemetryReader(
      engine: store, derived: store.derivedTables, limits: QueryLimits(timeout: .seconds(60), memoryBytesMax: 512 << 20)
    )
    .telemetry(of: TenantID(1), during: .background)
    let before = try Self.questions.map { try telemetry.statistics($0) }
    #expect(store.derivedTables.hasNewerCommits)
    try store.rollUp()
    #expect(!store.derivedTables.hasNewerCommits)
    let after = try Self.questions.map { try telemetry.statistics($0) }
    for (index, query) in Self.questions.enumerated() {
      #expect(before[index] == after[index], "\(query)")
      #expect(!before[index].isEmpty)
    }
  }
}
