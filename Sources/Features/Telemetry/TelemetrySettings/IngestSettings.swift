package import Configuration

/// How what is sent is taken and committed.
package enum IngestSettings {
  package static let commitRowsMax = Setting<Int>(
    "ingest.commit_rows", expected: "a number from 1 to 10000000", default: "100000",
    meaning: "The most rows that are stored in one commit.",
    notes: "A request is answered once its rows are committed.", parse: Parsers.integer(1...10_000_000))
  package static let commitInterval = Setting<Duration>(
    "ingest.commit_interval", expected: Parsers.durationForm, default: "100ms",
    meaning: "How long rows wait for others to be committed with.",
    parse: Parsers.duration(.milliseconds(1)...(.seconds(60))))
  package static let queueBytesMax = Setting<Int>(
    "ingest.queue", expected: Parsers.sizeForm, default: "256MiB",
    meaning: "How much memory rows that wait for their commit may take.",
    notes: "Beyond it, senders are told to retry later (503, RESOURCE_EXHAUSTED).",
    parse: Parsers.size((1 << 20)...(1 << 40)))
  package static let timeAheadMax = Setting<Duration>(
    "ingest.time_ahead", expected: Parsers.durationForm, default: "1d",
    meaning: "How far the time of a record may be ahead of this server's clock.",
    notes: "Records further ahead, and those older than the retention of their signal, are rejected one by one; their "
      + "senders are told why.", parse: Parsers.duration(.zero...(.seconds(3650 * 86400))))

  package static let group = SettingGroup(
    "ingest", title: "Ingest",
    [commitRowsMax.declaration, commitInterval.declaration, queueBytesMax.declaration, timeAheadMax.declaration])
}
