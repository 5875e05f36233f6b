extension Migration {
  /// The tables that ingest writes: resources, scopes, spans, metric points and logs.
  ///
  /// docs/schema.md explains the columns, docs/adr/0002-attribute-storage.md the order, codecs and indexes.
  static let telemetry = Migration(
    number: 1, name: "signals",
    statements: [
      """
      CREATE TABLE IF NOT EXISTS resources
      (
        tenant UInt32,
        resource_id UInt64,
        service_name LowCardinality(String) CODEC(ZSTD(1)),
        attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
        attribute_types Array(UInt8) CODEC(ZSTD(1)),
        dropped_attributes UInt32,
        schema_url LowCardinality(String) CODEC(ZSTD(1)),
        last_seen DateTime('UTC') DEFAULT now()
      )
      ENGINE = ReplacingMergeTree(last_seen)
      ORDER BY (tenant, resource_id)
      """,
      """
      CREATE TABLE IF NOT EXISTS scopes
      (
        tenant UInt32,
        scope_id UInt64,
        name LowCardinality(String) CODEC(ZSTD(1)),
        version LowCardinality(String) CODEC(ZSTD(1)),
        attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
        attribute_types Array(UInt8) CODEC(ZSTD(1)),
        dropped_attributes UInt32,
        schema_url LowCardinality(String) CODEC(ZSTD(1)),
        last_seen DateTime('UTC') DEFAULT now()
      )
      ENGINE = ReplacingMergeTree(last_seen)
      ORDER BY (tenant, scope_id)
      """,
      """
      CREATE TABLE IF NOT EXISTS spans
      (
        tenant UInt32 CODEC(ZSTD(1)),
        trace_id FixedString(16) CODEC(ZSTD(1)),
        span_id UInt64 CODEC(NONE),
        parent_span_id UInt64 CODEC(ZSTD(1)),
        trace_state String CODEC(ZSTD(1)),
        flags UInt32 CODEC(ZSTD(1)),
        name LowCardinality(String) CODEC(ZSTD(1)),
        kind UInt8 CODEC(ZSTD(1)),
        start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
        duration_ns Int64 CODEC(ZSTD(1)),
        status_code UInt8 CODEC(ZSTD(1)),
        status_message String CODEC(ZSTD(1)),
        service_name LowCardinality(String) CODEC(ZSTD(1)),
        resource_id UInt64 CODEC(ZSTD(1)),
        scope_name LowCardinality(String) CODEC(ZSTD(1)),
        scope_version LowCardinality(String) CODEC(ZSTD(1)),
        scope_id UInt64 CODEC(ZSTD(1)),
        attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
        attribute_types Array(UInt8) CODEC(ZSTD(1)),
        dropped_attributes UInt32 CODEC(ZSTD(1)),
        event_times Array(DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
        event_names Array(LowCardinality(String)) CODEC(ZSTD(1)),
        event_attributes Array(String) CODEC(ZSTD(1)),
        event_dropped_attributes Array(UInt32) CODEC(ZSTD(1)),
        dropped_events UInt32 CODEC(ZSTD(1)),
        link_trace_ids Array(FixedString(16)) CODEC(ZSTD(1)),
        link_span_ids Array(UInt64) CODEC(ZSTD(1)),
        link_trace_states Array(String) CODEC(ZSTD(1)),
        link_flags Array(UInt32) CODEC(ZSTD(1)),
        link_attributes Array(String) CODEC(ZSTD(1)),
        link_dropped_attributes Array(UInt32) CODEC(ZSTD(1)),
        dropped_links UInt32 CODEC(ZSTD(1)),
        provider LowCardinality(String) CODEC(ZSTD(1)),
        operation LowCardinality(String) CODEC(ZSTD(1)),
        request_model LowCardinality(String) CODEC(ZSTD(1)),
        response_model LowCardinality(String) CODEC(ZSTD(1)),
        input_tokens Nullable(UInt64) CODEC(T64, ZSTD(1)),
        output_tokens Nullable(UInt64) CODEC(T64, ZSTD(1)),
        cached_tokens Nullable(UInt64) CODEC(T64, ZSTD(1)),
        cache_creation_tokens Nullable(UInt64) CODEC(T64, ZSTD(1)),
        reasoning_tokens Nullable(UInt64) CODEC(T64, ZSTD(1)),
        ttft_ns Nullable(Int64) CODEC(T64, ZSTD(1)),
        tpot_ns Nullable(Int64) CODEC(T64, ZSTD(1)),
        finish_reason LowCardinality(String) CODEC(ZSTD(1)),
        session_id String CODEC(ZSTD(1)),
        user_id String CODEC(ZSTD(1)),
        error_type LowCardinality(String) CODEC(ZSTD(1)),
        gpu_ids Array(LowCardinality(String)) CODEC(ZSTD(1)),
        node_id LowCardinality(String) CODEC(ZSTD(1)),
        batch_id UInt64 CODEC(ZSTD(1)),
        promoted UInt32 CODEC(ZSTD(1)),
        received_at DateTime64(9, 'UTC') DEFAULT now64(9) CODEC(ZSTD(1)),
        all_attributes Map(LowCardinality(String), String) ALIAS \(PromotedAttributeSQL.allAttributes),
        all_attribute_types Array(UInt8) ALIAS \(PromotedAttributeSQL.allAttributeTypes),
        INDEX trace_id_bloom trace_id TYPE bloom_filter(0.0001) GRANULARITY 1,
        INDEX attribute_values_bloom mapValues(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
        INDEX user_id_bloom user_id TYPE bloom_filter(0.01) GRANULARITY 1,
        INDEX session_id_bloom session_id TYPE bloom_filter(0.01) GRANULARITY 1,
        INDEX start_time_range start_time TYPE minmax GRANULARITY 1,
        INDEX received_at_range received_at TYPE minmax GRANULARITY 1
      )
      ENGINE = MergeTree
      PARTITION BY toDate(start_time)
      ORDER BY (tenant, toStartOfHour(start_time))
      SETTINGS min_bytes_for_wide_part = 268435456, ttl_only_drop_parts = 1, merge_selector_base = 48,
        old_parts_lifetime = 60,
        index_granularity = 4096
      """,
      """
      CREATE TABLE IF NOT EXISTS metric_points
      (
        tenant UInt32 CODEC(ZSTD(1)),
        resource_id UInt64 CODEC(ZSTD(1)),
        service_name LowCardinality(String) CODEC(ZSTD(1)),
        scope_name LowCardinality(String) CODEC(ZSTD(1)),
        scope_version LowCardinality(String) CODEC(ZSTD(1)),
        scope_id UInt64 CODEC(ZSTD(1)),
        name LowCardinality(String) CODEC(ZSTD(1)),
        description LowCardinality(String) CODEC(ZSTD(1)),
        unit LowCardinality(String) CODEC(ZSTD(1)),
        type UInt8 CODEC(ZSTD(1)),
        temporality UInt8 CODEC(ZSTD(1)),
        is_monotonic UInt8 CODEC(ZSTD(1)),
        start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
        time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
        attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
        attribute_types Array(UInt8) CODEC(ZSTD(1)),
        flags UInt32 CODEC(ZSTD(1)),
        value_double Nullable(Float64) CODEC(ZSTD(1)),
        value_int Nullable(Int64) CODEC(ZSTD(1)),
        count UInt64 CODEC(ZSTD(1)),
        sum Nullable(Float64) CODEC(ZSTD(1)),
        min Nullable(Float64) CODEC(ZSTD(1)),
        max Nullable(Float64) CODEC(ZSTD(1)),
        bucket_counts Array(UInt64) CODEC(ZSTD(1)),
        explicit_bounds Array(Float64) CODEC(ZSTD(1)),
        scale Int32 CODEC(ZSTD(1)),
        zero_count UInt64 CODEC(ZSTD(1)),
        zero_threshold Float64 CODEC(ZSTD(1)),
        positive_offset Int32 CODEC(ZSTD(1)),
        positive_counts Array(UInt64) CODEC(ZSTD(1)),
        negative_offset Int32 CODEC(ZSTD(1)),
        negative_counts Array(UInt64) CODEC(ZSTD(1)),
        quantiles Array(Float64) CODEC(ZSTD(1)),
        quantile_values Array(Float64) CODEC(ZSTD(1)),
        exemplars String CODEC(ZSTD(1)),
        batch_id UInt64 CODEC(ZSTD(1)),
        received_at DateTime64(9, 'UTC') DEFAULT now64(9) CODEC(ZSTD(1)),
        INDEX received_at_range received_at TYPE minmax GRANULARITY 1
      )
      ENGINE = MergeTree
      PARTITION BY toDate(time)
      ORDER BY (tenant, name, service_name, time)
      SETTINGS min_bytes_for_wide_part = 268435456, ttl_only_drop_parts = 1, merge_selector_base = 48,
        old_parts_lifetime = 60
      """,
      """
      CREATE TABLE IF NOT EXISTS logs
      (
        tenant UInt32 CODEC(ZSTD(1)),
        time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
        observed_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
        severity_number UInt8 CODEC(ZSTD(1)),
        severity_text LowCardinality(String) CODEC(ZSTD(1)),
        body String CODEC(ZSTD(1)),
        body_type UInt8 CODEC(ZSTD(1)),
        trace_id FixedString(16) CODEC(ZSTD(1)),
        span_id UInt64 CODEC(ZSTD(1)),
        flags UInt32 CODEC(ZSTD(1)),
        service_name LowCardinality(String) CODEC(ZSTD(1)),
        resource_id UInt64 CODEC(ZSTD(1)),
        scope_name LowCardinality(String) CODEC(ZSTD(1)),
        scope_version LowCardinality(String) CODEC(ZSTD(1)),
        scope_id UInt64 CODEC(ZSTD(1)),
        event_name LowCardinality(String) CODEC(ZSTD(1)),
        attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
        attribute_types Array(UInt8) CODEC(ZSTD(1)),
        dropped_attributes UInt32 CODEC(ZSTD(1)),
        batch_id UInt64 CODEC(ZSTD(1)),
        received_at DateTime64(9, 'UTC') DEFAULT now64(9) CODEC(ZSTD(1)),
        INDEX trace_id_bloom trace_id TYPE bloom_filter(0.0001) GRANULARITY 1,
        INDEX attribute_values_bloom mapValues(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
        INDEX time_range time TYPE minmax GRANULARITY 1,
        INDEX received_at_range received_at TYPE minmax GRANULARITY 1
      )
      ENGINE = MergeTree
      PARTITION BY toDate(time)
      ORDER BY (tenant, toStartOfHour(time))
      SETTINGS min_bytes_for_wide_part = 268435456, ttl_only_drop_parts = 1, merge_selector_base = 48,
        old_parts_lifetime = 60
      """,
    ])
}
