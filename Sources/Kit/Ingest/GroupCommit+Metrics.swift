package import Commit
package import Metrics

extension GroupCommit {
  /// Registers the statistics of the commits under `axonize_ingest_…`.
  ///
  /// - Parameter signal: the label `signal`.
  package func register(in metrics: MetricRegistry, signal: String) {
    let labels = [MetricLabel("signal", signal)]
    func counter(_ name: String, _ help: String, _ read: @escaping @Sendable (CommitStatistics) -> UInt64) {
      metrics.counter("axonize_ingest_\(name)_total", help: help, labels: labels) { Double(read(self.statistics)) }
    }
    counter("rows_received", "Rows decoded and queued.") { $0.rowsAppended }
    counter("rows_stored", "Rows committed to the store.") { $0.rowsCommitted }
    counter("rows_failed", "Rows that could not be stored; their senders got an error.") { $0.rowsFailed }
    counter("commits", "Groups of rows committed.") { $0.commits }
    counter("commits_failed", "Groups of rows that could not be committed.") { $0.commitsFailed }
    counter("groups_divided", "Groups that the store refused and whose requests were tried apart.") { $0.groupsDivided }
    counter("requests_rejected", "Requests whose rows the store refuses; sending them again does not help.") {
      $0.requestsRejected
    }
    counter("commit_retries", "Attempts to commit a group again.") { $0.retries }
    counter("requests_refused", "Requests refused because the queue, the journal or the disk was full.") {
      $0.requestsRefused
    }
    counter("requests_repeated", "Requests recognised as repeats and not stored again.") { $0.repeatsRecognised }
    metrics.gauge("axonize_ingest_queue_bytes", help: "Memory of rows that wait for their commit.", labels: labels) {
      Double(self.statistics.queuedBytes)
    }
    metrics.histogram(
      "axonize_ingest_commit_seconds", help: "How long the engine took to commit a group.", labels: labels
    ) { self.commitSeconds }
  }
}
