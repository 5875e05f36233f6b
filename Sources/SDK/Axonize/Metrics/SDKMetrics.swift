/// Metrics of the SDK itself, `axonize.sdk.*`.
enum SDKMetrics {
  static func encode(_ now: Axonize.Statistics, lost: Int, from start: UInt64, at time: UInt64) -> [[UInt8]] {
    func total(_ name: String, _ unit: String, _ summary: String, _ value: Int) -> [UInt8] {
      MetricsEncoder.total(
        "axonize.sdk.\(name)", unit, summary, [MetricsEncoder.Point(number: .int(value))], from: start, at: time)
    }
    func gauge(_ name: String, _ summary: String, _ value: Int) -> [UInt8] {
      MetricsEncoder.gauge(
        "axonize.sdk.\(name)", "{span}", summary, [MetricsEncoder.Point(number: .int(value))], at: time)
    }
    let drops = [
      ("queue_full", now.droppedQueueFull), ("send_failed", now.droppedSendFailed),
      ("too_large", now.droppedTooLarge), ("rejected", now.rejected),
    ].map { MetricsEncoder.Point(attributes: ["reason": $0.0], number: .int($0.1)) }
    return [
      total("span.started", "{span}", "Recording spans started", now.started),
      total("span.ended", "{span}", "Recording spans ended", now.ended),
      total("span.exported", "{span}", "Spans the receiver took", now.exported),
      MetricsEncoder.total(
        "axonize.sdk.span.dropped", "{span}", "Spans lost, by reason", drops, from: start, at: time),
      total("export.requests", "{request}", "Requests the receiver took", now.batches),
      total("export.retries", "{request}", "Requests tried again", now.retries),
      total("export.bytes", "By", "Bytes of bodies sent", now.sentBytes),
      total("llm.lost", "{record}", "LLM operations missing in metrics", lost),
      gauge("queue.size", "Spans waiting", now.queued),
      gauge("queue.capacity", "Spans that may wait", now.slots),
    ]
  }
}
