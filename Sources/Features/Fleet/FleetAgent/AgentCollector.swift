package import Collection
import Metrics
import SeriesBytes

/// What is known of the agent itself, as series beside those of its machine.
package final class AgentCollector: Collector {
  package let name = "agent"
  private let statistics: AgentStatistics

  package init(_ statistics: AgentStatistics) { self.statistics = statistics }

  package func collect(into collected: inout Collected) throws(CollectionProblem) {
    collected.append(Families.isUp, 1)
    collected.append(Families.sentSamples, Double(statistics.sentSamples.value))
    collected.append(Families.sentRequests, Double(statistics.sentRequests.value))
    collected.append(Families.failedRequests, Double(statistics.failedRequests.value))
    collected.append(Families.sentReports, Double(statistics.sentReports.value))
    collected.append(Families.failedReports, Double(statistics.failedReports.value))
    for reason in DropReason.allCases {
      collected.append(
        Families.droppedSamples, labels: [reason.rawValue], Double(statistics.droppedSamples(reason)))
    }
    collected.append(Families.sendSeconds, statistics.sendSeconds.value)
    collected.append(Families.spoolBytes, statistics.spoolBytes.value)
    collected.append(Families.spoolRequests, statistics.spoolRequests.value)
    collected.append(Families.spoolAge, statistics.spoolAgeSeconds.value)
    if let offset = statistics.clockOffset { collected.append(Families.clockOffset, offset) }
  }

  private enum Families {
    static let isUp = CollectedFamily("axonize_agent_up", .gauge, "1 while the agent runs.")
    static let sentSamples = CollectedFamily(
      "axonize_agent_samples_sent_total", .counter, "Samples that the server has stored.")
    static let droppedSamples = CollectedFamily(
      "axonize_agent_samples_dropped_total", .counter, "Samples that were given up, by reason.",
      labelNames: ["reason"])
    static let sentRequests = CollectedFamily(
      "axonize_agent_requests_sent_total", .counter, "Requests that the server has taken.")
    static let failedRequests = CollectedFamily(
      "axonize_agent_requests_failed_total", .counter, "Attempts to send a request that the server has not taken.")
    static let sentReports = CollectedFamily(
      "axonize_agent_reports_sent_total", .counter, "Reports of the machine that the server has taken.")
    static let failedReports = CollectedFamily(
      "axonize_agent_reports_failed_total", .counter, "Reports of the machine that the server has not taken.")
    static let sendSeconds = CollectedFamily(
      "axonize_agent_send_duration_seconds", .gauge, "From the beginning of the newest request to its response.",
      unit: "seconds")
    static let spoolBytes = CollectedFamily(
      "axonize_agent_spool_bytes", .gauge, "Bytes of the requests that wait on the disk.", unit: "bytes")
    static let spoolRequests = CollectedFamily(
      "axonize_agent_spool_requests", .gauge, "Requests that wait on the disk.")
    static let spoolAge = CollectedFamily(
      "axonize_agent_spool_oldest_age_seconds", .gauge, "How long the oldest request on the disk has waited.",
      unit: "seconds")
    static let clockOffset = CollectedFamily(
      "axonize_agent_clock_offset_seconds", .gauge,
      "By how much the clock of this machine is ahead of the server's, as far as whole seconds of its responses say.",
      unit: "seconds")
  }
}
