/// How requests with rows are taken and committed, of every slice.
package enum IngestSettings {
  package static let commitRowsMax = Setting<Int>(
    "ingest.commit_rows", expected: "a number from 1 to 10000000", default: "100000",
    meaning: "The most rows that are stored in one commit.", parse: Parsers.integer(1...10_000_000))
  package static let commitInterval = Setting<Duration>(
    "ingest.commit_interval", expected: Parsers.durationForm, default: "1s",
    meaning: "How long rows wait to be committed with others while there are readers; otherwise 10s or this.",
    notes: "A query first commits the waiting rows. Requests are acknowledged earlier, once they are in the journal.",
    parse: Parsers.duration(.milliseconds(1)...(.seconds(60))))
  package static let journalSync = Setting<JournalSyncMode>(
    "ingest.fsync", expected: "one of always, interval, never", default: "interval",
    meaning: "When an acknowledged request is safe from a power failure.",
    notes: "Every acknowledged request survives the end of the process. `always` writes it to the disk before it is "
      + "acknowledged, `interval` within `ingest.fsync_interval`, `never` when the kernel does, within half a minute.",
    parse: { JournalSyncMode(rawValue: $0) })
  package static let journalSyncInterval = Setting<Duration>(
    "ingest.fsync_interval", expected: Parsers.durationForm, default: "100ms",
    meaning:
      "How long after its acknowledgement a request is on the disk at the latest, with `ingest.fsync: interval`.",
    notes: "A power failure loses as much.", parse: Parsers.duration(.milliseconds(10)...(.seconds(60))))
  package static let journalBytesMax = Setting<Int>(
    "ingest.journal_bytes", expected: "a size of at least 16MiB, such as 2GiB", default: "2GiB",
    meaning: "How large the journal of acknowledged requests may grow on the disk.",
    notes: "What is stored is removed from it after some seconds. While the store is away, requests wait in it. Beyond "
      + "it, senders are asked to retry later.",
    parse: Parsers.size((16 << 20)...(1 << 50)))
  package static let journalAgeMax = Setting<Duration>(
    "ingest.journal_age", expected: "a duration of at least 1m, such as 12h or 1d", default: "1d",
    meaning: "How long a request may wait in the journal while the store is away.",
    notes: "Beyond it, senders are asked to retry later until the oldest requests are stored. Nothing that was "
      + "acknowledged is dropped for its age.",
    parse: Parsers.duration(.seconds(60)...(.seconds(3650 * 86400))))
  package static let queueBytesMax = Setting<Int>(
    "ingest.queue", expected: Parsers.sizeForm, default: "256MiB",
    meaning: "How much memory rows that wait for their commit may take.",
    notes: "Beyond it, requests wait in the journal and are read back.",
    parse: Parsers.size((1 << 20)...(1 << 40)))
  package static let timeAheadMax = Setting<Duration>(
    "ingest.time_ahead", expected: Parsers.durationForm, default: "1d",
    meaning: "How far the time of a record may be ahead of this server's clock.",
    notes: "Records further ahead, and those older than the retention of their signal, are rejected one by one; the "
      + "response says why.", parse: Parsers.duration(.zero...(.seconds(3650 * 86400))))

  static let group = SettingGroup(
    "ingest", title: "Ingest",
    [
      commitRowsMax.declaration, commitInterval.declaration, journalSync.declaration, journalSyncInterval.declaration,
      journalBytesMax.declaration, journalAgeMax.declaration, queueBytesMax.declaration, timeAheadMax.declaration,
    ])
}

/// When acknowledged requests are on the disk.
package enum JournalSyncMode: String, Sendable {
  case always, interval, never
}
