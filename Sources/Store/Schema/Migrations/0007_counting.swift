import Engine

extension Migration {
  /// Counts each span and each call once (docs/adr/0013), and durations by the half hour.
  ///
  /// `counting` of a span says what of it counts. An outer span that was stored before the one inside it is noted in
  /// `late_outer_spans`, and the views `…_of_corrections` take back what it counted for. Sums of tokens are modulo 2^64,
  /// so that rows can be negative. Rows that are derived already keep what they have: their spans with a model count as
  /// calls.
  static let counting = Migration(
    number: 7, name: "each call once",
    statements: [
      "ALTER TABLE spans ADD COLUMN IF NOT EXISTS counting UInt8 CODEC(LZ4)",
      """
      CREATE TABLE IF NOT EXISTS late_outer_spans
      (
        tenant UInt32,
        trace_id FixedString(16),
        span_id UInt64,
        outer_received_at DateTime('UTC'),
        received_at DateTime64(9, 'UTC')
      )
      ENGINE = MergeTree
      ORDER BY received_at
      SETTINGS auto_statistics_types = ''
      """,
    ] + minutes + halfHours + gpuHours + owners)

  // MARK: - By the minute

  /// Whether a row that was derived before counts as calls: as soon as one of its spans may be one, so that a correction
  /// never takes back what was not counted.
  private static let oldRowHasCalls =
    "request_model != '' OR response_model != '' OR input_tokens > 0 OR output_tokens > 0"

  private static let minutes = [
    """
    ALTER TABLE span_minutes
      MODIFY COLUMN duration_ns_sum SimpleAggregateFunction(sum, Float64)
    SETTINGS mutations_sync = 1
    """,
    """
    ALTER TABLE span_minutes
      ADD COLUMN IF NOT EXISTS calls SimpleAggregateFunction(sum, UInt64)
        DEFAULT if(\(oldRowHasCalls), spans, 0) AFTER reasoning_tokens,
      ADD COLUMN IF NOT EXISTS call_duration_ns_sum SimpleAggregateFunction(sum, Float64)
        DEFAULT if(\(oldRowHasCalls), duration_ns_sum, 0) AFTER calls
    """,
    "DROP TABLE IF EXISTS span_minutes_staging",
    "DROP VIEW IF EXISTS span_minutes_of_commits",
    """
    CREATE VIEW span_minutes_of_commits AS
    SELECT
      \(minuteKeys),
      count() AS spans,
      countIf(s.parent_span_id = 0) AS root_spans,
      sum(toFloat64(greatest(s.duration_ns, 0))) AS duration_ns_sum,
      max(greatest(s.duration_ns, 0)) AS duration_ns_max,
      \(tokenColumns.map { "sumIf(ifNull(s.\($0), 0), s.counting = 0) AS \($0)" }.joined(separator: ",\n  ")),
      countIf(s.counting = 0 AND \(isCall)) AS calls,
      sumIf(toFloat64(greatest(s.duration_ns, 0)), s.counting = 0 AND \(isCall)) AS call_duration_ns_sum,
      \(rolledUntil)
    FROM spans AS s
    WHERE \(inCommits)
    GROUP BY \(minuteGroups)
    """,
    "DROP VIEW IF EXISTS span_minutes_of_corrections",
    """
    CREATE VIEW span_minutes_of_corrections AS
    SELECT
      \(minuteKeys),
      toUInt64(0) AS spans,
      toUInt64(0) AS root_spans,
      toFloat64(0) AS duration_ns_sum,
      toInt64(0) AS duration_ns_max,
      \(tokenColumns.map { "toUInt64(-sum(ifNull(s.\($0), 0))) AS \($0)" }.joined(separator: ",\n  ")),
      toUInt64(-countIf(\(isCall))) AS calls,
      -sumIf(toFloat64(greatest(s.duration_ns, 0)), \(isCall)) AS call_duration_ns_sum,
      \(rolledUntil)
    FROM spans AS s
    WHERE \(inCorrections)
    GROUP BY \(minuteGroups)
    """,
  ]

  private static let minuteKeys = """
    s.tenant AS tenant, toStartOfMinute(s.start_time) AS minute, s.service_name AS service_name, s.provider AS provider, \
    s.operation AS operation, s.request_model AS request_model, s.response_model AS response_model, \
    s.node_id AS node_id, s.kind AS kind, s.status_code AS status_code
    """
  private static let minuteGroups = """
    tenant, minute, service_name, provider, operation, request_model, response_model, node_id, kind, status_code
    """
  private static let tokenColumns = ["input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"]

  // MARK: - By the half hour

  /// Rows of days whose spans are stored are derived anew. Those of older days are copied, an hour in its first half.
  private static let halfHours =
    [
      """
      CREATE TABLE IF NOT EXISTS span_half_hours
      (
        tenant UInt32,
        half_hour DateTime('UTC'),
        service_name LowCardinality(String),
        provider LowCardinality(String),
        operation LowCardinality(String),
        request_model LowCardinality(String),
        response_model LowCardinality(String),
        duration_bucket UInt16,
        spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
        calls SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
        rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
      )
      ENGINE = AggregatingMergeTree
      ORDER BY (tenant, half_hour, service_name, provider, operation, request_model, response_model, duration_bucket)
      SETTINGS auto_statistics_types = ''
      """,
      "DROP TABLE IF EXISTS span_durations_staging",
      "DROP VIEW IF EXISTS span_durations_of_commits",
    ] + halfHourViews + [
      // For a step that was stopped behind its last statement but one, and runs again.
      """
      CREATE TABLE IF NOT EXISTS span_durations
      (
        tenant UInt32, hour DateTime('UTC'), service_name String, provider String, operation String,
        request_model String, response_model String, duration_bucket UInt16, spans UInt64, rolled_until DateTime64(9, 'UTC')
      )
      ENGINE = MergeTree ORDER BY (tenant, hour)
      """,
      """
      ALTER TABLE span_half_hours DELETE
      WHERE toDate(half_hour) IN (SELECT toDate(start_time) FROM spans)
        OR (tenant, half_hour) IN (SELECT tenant, hour FROM span_durations)
      SETTINGS mutations_sync = 1
      """,
      """
      INSERT INTO span_half_hours
      SELECT
        \(halfHourKeys),
        count() AS spans,
        countIf(\(isCall)) AS calls,
        (SELECT max(rolled_until) FROM span_minutes) AS rolled_until
      FROM spans AS s
      WHERE s.received_at <= (SELECT max(rolled_until) FROM span_minutes)
      GROUP BY \(halfHourGroups)
      SETTINGS max_bytes_before_external_group_by = 134217728
      """,
      """
      INSERT INTO span_half_hours
      SELECT
        tenant, hour, service_name, provider, operation, request_model, response_model, duration_bucket, spans,
        if(request_model != '' OR response_model != '', spans, 0) AS calls, rolled_until
      FROM span_durations
      WHERE toDate(hour) NOT IN (SELECT toDate(start_time) FROM spans)
      """,
      "DROP TABLE IF EXISTS span_durations",
    ]

  /// The views of half hours. Times beyond 2106, which `DateTime` cannot hold, give some half hour, but no error.
  static let halfHourViews = [
    "DROP VIEW IF EXISTS span_half_hours_of_commits",
    """
    CREATE VIEW span_half_hours_of_commits AS
    SELECT
      \(halfHourKeys),
      count() AS spans,
      countIf(s.counting = 0 AND \(isCall)) AS calls,
      \(rolledUntil)
    FROM spans AS s
    WHERE \(inCommits)
    GROUP BY \(halfHourGroups)
    """,
    "DROP VIEW IF EXISTS span_half_hours_of_corrections",
    """
    CREATE VIEW span_half_hours_of_corrections AS
    SELECT
      \(halfHourKeys),
      toUInt64(0) AS spans,
      toUInt64(-countIf(\(isCall))) AS calls,
      \(rolledUntil)
    FROM spans AS s
    WHERE \(inCorrections)
    GROUP BY \(halfHourGroups)
    """,
  ]

  private static let halfHourKeys = """
    s.tenant AS tenant, toDateTime(intDiv(toUnixTimestamp64Second(s.start_time), 1800) * 1800, 'UTC') AS half_hour, \
    s.service_name AS service_name, s.provider AS provider, s.operation AS operation, \
    s.request_model AS request_model, s.response_model AS response_model, \
    \(DurationBucket.sql(of: "s.duration_ns")) AS duration_bucket
    """
  private static let halfHourGroups = """
    tenant, half_hour, service_name, provider, operation, request_model, response_model, duration_bucket
    """

  // MARK: - By the hour and GPU

  private static let gpuHours = [
    """
    CREATE TABLE IF NOT EXISTS gpu_hours
    (
      tenant UInt32,
      hour DateTime('UTC'),
      gpu LowCardinality(String),
      duration_bucket UInt16,
      spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
      errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
      calls SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
      duration_ns_sum SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
      input_tokens SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
      output_tokens SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
      rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
    )
    ENGINE = AggregatingMergeTree
    ORDER BY (tenant, hour, gpu, duration_bucket)
    SETTINGS auto_statistics_types = ''
    """,
    "DROP VIEW IF EXISTS gpu_hours_of_commits",
    """
    CREATE VIEW gpu_hours_of_commits AS
    SELECT
      \(gpuHourKeys),
      \(gpuHourSums),
      \(rolledUntil)
    FROM spans AS s
    WHERE notEmpty(s.gpu_ids) AND \(inCommits)
    GROUP BY \(gpuHourGroups)
    """,
    "DROP VIEW IF EXISTS gpu_hours_of_corrections",
    """
    CREATE VIEW gpu_hours_of_corrections AS
    SELECT
      \(gpuHourKeys),
      toUInt64(0) AS spans,
      toUInt64(0) AS errors,
      toUInt64(-countIf(\(isCall))) AS calls,
      toFloat64(0) AS duration_ns_sum,
      toUInt64(-sum(ifNull(s.input_tokens, 0))) AS input_tokens,
      toUInt64(-sum(ifNull(s.output_tokens, 0))) AS output_tokens,
      \(rolledUntil)
    FROM spans AS s
    WHERE notEmpty(s.gpu_ids) AND \(inCorrections)
    GROUP BY \(gpuHourGroups)
    """,
    "TRUNCATE TABLE gpu_hours",
    """
    INSERT INTO gpu_hours
    SELECT
      \(gpuHourKeys),
      \(gpuHourSums),
      (SELECT max(rolled_until) FROM span_minutes) AS rolled_until
    FROM spans AS s
    WHERE notEmpty(s.gpu_ids) AND s.received_at <= (SELECT max(rolled_until) FROM span_minutes)
    GROUP BY \(gpuHourGroups)
    SETTINGS max_bytes_before_external_group_by = 134217728
    """,
  ]

  private static let gpuHourKeys = """
    s.tenant AS tenant, toStartOfHour(s.start_time) AS hour, arrayJoin(s.gpu_ids) AS gpu, \
    \(DurationBucket.sql(of: "s.duration_ns")) AS duration_bucket
    """
  private static let gpuHourGroups = "tenant, hour, gpu, duration_bucket"
  private static let gpuHourSums = """
    count() AS spans, countIf(s.status_code = 2) AS errors, countIf(s.counting = 0 AND \(isCall)) AS calls, \
    sum(toFloat64(greatest(s.duration_ns, 0))) AS duration_ns_sum, \
    sumIf(ifNull(s.input_tokens, 0), s.counting = 0) AS input_tokens, \
    sumIf(ifNull(s.output_tokens, 0), s.counting = 0) AS output_tokens
    """

  // MARK: - By session and user

  private static let owners = [
    """
    CREATE TABLE IF NOT EXISTS trace_owners
    (
      tenant UInt32,
      hour DateTime('UTC'),
      trace_id FixedString(16),
      session_id String CODEC(ZSTD(1)),
      user_id String CODEC(ZSTD(1)),
      first_ns SimpleAggregateFunction(min, Int64) CODEC(ZSTD(1)),
      last_ns SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1))
    )
    ENGINE = AggregatingMergeTree
    ORDER BY (tenant, hour, trace_id, session_id, user_id)
    SETTINGS auto_statistics_types = ''
    """,
    "DROP VIEW IF EXISTS trace_owners_of_commits",
    """
    CREATE VIEW trace_owners_of_commits AS
    SELECT \(ownerColumns) FROM spans AS s WHERE \(hasOwner) AND \(inCommits) GROUP BY \(ownerGroups)
    """,
    """
    INSERT INTO trace_owners
    SELECT \(ownerColumns) FROM spans AS s WHERE \(hasOwner) GROUP BY \(ownerGroups)
    SETTINGS max_bytes_before_external_group_by = 134217728
    """,
  ]

  private static let ownerColumns = """
    s.tenant AS tenant, toStartOfHour(s.start_time) AS hour, s.trace_id AS trace_id, s.session_id AS session_id, \
    s.user_id AS user_id, min(toUnixTimestamp64Nano(s.start_time)) AS first_ns, \
    max(toUnixTimestamp64Nano(s.start_time)) AS last_ns
    """
  private static let ownerGroups = "tenant, hour, trace_id, session_id, user_id"
  private static let hasOwner = "(s.session_id != '' OR s.user_id != '')"

  // MARK: - What counts

  /// Whether a span tells of a call: it names a model or tells tokens.
  private static let isCall = """
    (s.request_model != '' OR s.response_model != '' OR ifNull(s.input_tokens, 0) > 0 OR ifNull(s.output_tokens, 0) > 0)
    """

  /// Spans of the commits between two times, copies left out (bit 0 of `counting`).
  private static let inCommits = """
    s.received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') \
    AND s.received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC') AND NOT bitTest(s.counting, 0)
    """

  /// Spans that counted until commits between two times brought spans inside them.
  private static let inCorrections = """
    s.counting = 0 AND s.received_at >= (SELECT min(outer_received_at) FROM late_outer_spans WHERE \(lateOnes)) \
    AND (s.tenant, s.trace_id, s.span_id) IN (SELECT tenant, trace_id, span_id FROM late_outer_spans WHERE \(lateOnes))
    """

  private static let lateOnes = """
    received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') \
    AND received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')
    """

  private static let rolledUntil = "fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until"
}
