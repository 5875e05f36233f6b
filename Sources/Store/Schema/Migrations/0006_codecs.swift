extension Migration {
  /// Compresses numbers that are the same in most rows of a block, and those that T64 has packed, with LZ4.
  ///
  /// ZSTD makes them no smaller and takes an eighth of an insert's and of a merge's time for it (docs/adr/0002). Parts that
  /// are there keep what they have until they are merged.
  static let codecs = Migration(
    number: 6, name: "LZ4 where ZSTD gains nothing",
    statements: [
      "ALTER TABLE spans\n" + changes.joined(separator: ",\n"),
      // A merge holds a block of each of its up to 48 parts: 14 MiB of rows instead of 8 times as many, at the same speed.
      "ALTER TABLE spans MODIFY SETTING merge_max_block_size = 1024",
    ])

  private static let changes =
    constantColumns.map { "  MODIFY COLUMN \($0) CODEC(LZ4)" }
    + packedColumns.map { "  MODIFY COLUMN \($0) CODEC(T64, LZ4)" }

  private static let constantColumns = [
    "tenant", "flags", "kind", "resource_id", "scope_id", "attribute_types", "gpu_ids", "batch_id", "received_at",
  ]

  private static let packedColumns = [
    "input_tokens", "output_tokens", "cached_tokens", "cache_creation_tokens", "reasoning_tokens", "ttft_ns", "tpot_ns",
  ]
}
