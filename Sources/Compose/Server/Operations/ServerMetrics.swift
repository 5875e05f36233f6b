import Base
import Derivation
import EmbeddedEngine
import Engine
import GRPC
import HTTPServer
import Journal
import Metrics
import System

/// The server's own metrics at `/metrics`.
enum ServerMetrics {
  static func register(_ services: Services, _ server: HTTPServer, into metrics: MetricRegistry, version: String) {
    metrics.gauge("axonize_build_info", help: "Always 1; the version is a label.", labels: [.init("version", version)])
    {
      1
    }
    metrics.gauge("axonize_disk_free_bytes", help: "Free space where the data directory is.") {
      [diskGuard = services.diskGuard] in Double(diskGuard.freeBytes)
    }
    registerJournal(services.journal, metrics)
    let derived = services.store.derivedTables(of: "spans")
    registerStore(services.store, derived, metrics)
    metrics.gauge(
      "axonize_rollup_lag_seconds",
      help: "Age of the oldest commit that the derived tables may lack; 0 if there is none."
    ) {
      guard derived.hasNewerCommits else { return 0 }
      return max(0, Double(WallClock.now.rawValue - derived.derivedUntil) / 1e9)
    }
    metrics.gauge("axonize_query_queue_length", help: "Queries that wait for a thread.") {
      [pool = services.queryWorkers] in Double(pool.waitingCount)
    }
    registerHTTP(server, metrics)
    ProcessMetrics.register(into: metrics)
  }

  private static func registerJournal(_ journal: Journal, _ metrics: MetricRegistry) {
    metrics.gauge("axonize_journal_bytes", help: "Size of the journal of acknowledged requests.") {
      Double(journal.statistics.bytes)
    }
    metrics.gauge(
      "axonize_journal_requests_waiting", help: "Requests whose rows are in the journal alone and are read back."
    ) { Double(journal.statistics.spooledCount) }
    func counter(_ name: String, _ help: String, _ read: @escaping @Sendable (JournalStatistics) -> UInt64) {
      metrics.counter("axonize_journal_\(name)_total", help: help) { Double(read(journal.statistics)) }
    }
    counter("requests_written", "Requests written to the journal.") { $0.records }
    counter("written_bytes", "Bytes written to the journal.") { $0.writtenBytes }
    counter("write_failures", "Requests that the journal could not take; they were acknowledged when they were stored.")
    { $0.failures }
    counter("sync_failures", "Failed attempts to flush the journal to the disk.") { $0.syncFailures }
    counter("requests_found", "Requests that the start found in the journal.") { $0.found }
    counter("requests_replayed", "Requests found at the start whose rows were not stored yet.") { $0.replayed }
    counter("requests_spooled", "Requests that found no room in memory and were kept in the journal alone.") {
      $0.spooled
    }
    counter("damaged_places", "Places in the journal that were found damaged.") { $0.damaged }
    counter("requests_lost", "Requests that are missing from the journal.") { $0.lost }
    counter("requests_set_aside", "Acknowledged requests that the store refuses; they are in journal/refused.") {
      $0.refused
    }
    counter("segments_set_aside", "Segments that were damaged or could not be read; they are in journal/refused.") {
      $0.segmentsSetAside
    }
    metrics.histogram("axonize_journal_sync_seconds", help: "How long it took until requests were on the disk.") {
      journal.syncSeconds
    }
  }

  private static func registerStore(
    _ store: EmbeddedStore, _ derived: any DerivedTables, _ metrics: MetricRegistry
  ) {
    metrics.gauge("axonize_store_spans", help: "Spans stored, as of the last roll-up.") {
      Double(derived.rowCount)
    }
    let parts = "Parts of tables; merged ones are deleted a minute later."
    metrics.gauge("axonize_store_parts", help: parts, labels: [.init("state", "active")]) {
      Double(store.statistics.activePartCount)
    }
    metrics.gauge("axonize_store_parts", help: parts, labels: [.init("state", "merged")]) {
      Double(store.statistics.mergedPartCount)
    }
    metrics.gauge(
      "axonize_engine_memory_bytes", help: "Memory that the engine accounts for: queries, inserts, merges, caches."
    ) { Double(store.statistics.engineMemoryBytes) }
  }

  private static func registerHTTP(_ server: HTTPServer, _ metrics: MetricRegistry) {
    func counter(
      _ name: String, _ help: String, _ labels: [MetricLabel] = [],
      _ read: @escaping @Sendable (HTTPServerStatistics) -> Int
    ) {
      metrics.counter("axonize_http_\(name)_total", help: help, labels: labels) { Double(read(server.statistics)) }
    }
    metrics.gauge("axonize_http_connections", help: "Open connections.") { Double(server.statistics.connectionsOpen) }
    counter("connections_accepted", "Connections accepted.") { $0.connectionsAccepted }
    counter("connections_refused", "Connections refused at the limits, of all and of one address.") {
      $0.connectionsRefused
    }
    counter("connections_overfull", "Connections closed because what they held found no room in memory.") {
      $0.connectionsOverfull
    }
    metrics.gauge(
      "axonize_http_held_bytes", help: "Memory held for clients: heads, bodies, responses that wait to be read."
    ) { Double(server.statistics.bytesHeld) }
    counter("connections_timed_out", "Connections closed because the peer was too slow.") { $0.connectionsTimedOut }
    counter("connections_wrong_protocol", "Connections closed for TLS to a plain port or plain HTTP to TLS.") {
      $0.connectionsOfWrongProtocol
    }
    counter("received_bytes", "Bytes read from connections.") { $0.bytesReceived }
    counter("sent_bytes", "Bytes written to connections.") { $0.bytesSent }
    let requests = "Requests, by protocol."
    counter("requests", requests, [.init("protocol", "http1")]) { $0.requestsHTTP1 }
    counter("requests", requests, [.init("protocol", "http2")]) { $0.requestsHTTP2 }
    counter("requests", requests, [.init("protocol", "grpc")]) { $0.requestsGRPC }
    for index in 0..<5 {
      counter(
        "responses", "Responses but those of gRPC calls, by class of status.", [.init("class", "\(index + 1)xx")]
      ) { $0.answersByClass[index] }
    }
    for status in GRPCStatus.allCases {
      metrics.counter(
        "axonize_grpc_responses_total", help: "Responses of gRPC calls, by the status that the client saw.",
        labels: [.init("code", status.name)]
      ) { Double(server.statistics.answersByGRPCStatus[status.rawValue]) }
    }
  }
}
