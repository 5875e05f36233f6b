import Engine

/// Settings of the engine's connections.
enum SessionSettings {
  /// Lists of ids make long statements.
  ///
  /// Skip indexes are read before the data, not with it: for a trace by its id that takes a third of the time.
  /// Statistics of columns are not read at all. A few columns of a compact part lie 10 to 100 KiB apart: each is read
  /// with 32 KiB, not with all that follows it.
  static let query: KeyValuePairs<String, String> = [
    "max_query_size": "16777216", "use_skip_indexes_on_data_read": "0", "use_statistics": "0",
    "local_filesystem_read_method": "pread", "max_read_buffer_size_local_fs": "32768",
  ]

  /// A merge has a read buffer for each of its up to 48 parts: 128 KiB instead of the engine's 1 MiB.
  static let background: KeyValuePairs<String, String> = ["max_read_buffer_size": "131072"]

  /// The limits of queries, as the list of a SET statement.
  static func limits(of options: EmbeddedStoreOptions) -> String {
    let (seconds, attoseconds) = options.queryLimits.timeout.components
    let timeout = "\(seconds).\(String(1000 + attoseconds / 1_000_000_000_000_000).dropFirst())"
    return "max_execution_time = \(timeout), max_memory_usage = \(options.queryLimits.memoryBytesMax), "
      + "max_memory_usage_for_user = \(options.queriesMemoryBytesMax)"
  }

  /// One thread a commit, views one after another, and a block stays one part in each partition.
  static let insert: KeyValuePairs<String, String> = [
    "max_threads": "1", "max_insert_threads": "1", "parallel_view_processing": "0",
    "max_partitions_per_insert_block": "1000", "use_statistics": "0",
  ]
}
