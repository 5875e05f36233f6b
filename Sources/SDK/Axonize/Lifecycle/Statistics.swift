internal import CAxonizeCore

extension Axonize {
  /// Counters since the start, of recorded spans unless said otherwise.
  public struct Statistics: Sendable, Hashable {
    /// Spans that started.
    public var started: Int
    /// Spans that ended.
    public var ended: Int
    /// Taken by the receiver.
    public var exported: Int
    /// Spans that came faster than they could be sent.
    public var droppedQueueFull: Int
    /// Refused, given up after the last retry, or ended after the shutdown.
    public var droppedSendFailed: Int
    /// Spans that exceed the memory for waiting spans.
    public var droppedTooLarge: Int
    /// Refused by the receiver in partial successes.
    public var rejected: Int
    /// Requests that the receiver took.
    public var batches: Int
    /// Requests that were tried again.
    public var retries: Int
    /// Bytes of bodies as sent, of requests that the receiver took.
    public var sentBytes: Int
    /// The same before compression.
    public var encodedBytes: Int
    /// Texts and bytes that were cut to their limit.
    public var truncatedValues: Int
    /// Attributes beyond a limit, of spans, events and links.
    public var droppedAttributes: Int
    /// Events beyond the limit.
    public var droppedEvents: Int
    /// Links beyond the limit.
    public var droppedLinks: Int
    /// Spans that wait to be sent now.
    public var queued: Int
    /// Spans that may wait.
    public var slots: Int
  }
}

extension Axonize.Statistics {
  init(_ now: axz_statistics) {
    self.init(
      started: Int(now.started), ended: Int(now.ended), exported: Int(now.exported),
      droppedQueueFull: Int(now.dropped_queue_full), droppedSendFailed: Int(now.dropped_send_failed),
      droppedTooLarge: Int(now.dropped_too_large), rejected: Int(now.rejected), batches: Int(now.batches),
      retries: Int(now.retries), sentBytes: Int(now.sent_bytes), encodedBytes: Int(now.encoded_bytes),
      truncatedValues: Int(now.truncated_values), droppedAttributes: Int(now.dropped_attributes),
      droppedEvents: Int(now.dropped_events), droppedLinks: Int(now.dropped_links), queued: Int(now.queued),
      slots: Int(now.slots))
  }
}
