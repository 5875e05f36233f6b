import Base
import JSON
import TelemetryQueries

/// Figures of spans as the API writes them.
enum FiguresJSON {
  /// Which members are written.
  struct Parts: OptionSet {
    let rawValue: Int

    static let group = Parts(rawValue: 1)
    static let time = Parts(rawValue: 2)
    static let count = Parts(rawValue: 4)
    static let latency = Parts(rawValue: 8)
    static let tokens = Parts(rawValue: 16)
    static let rates = Parts(rawValue: 32)
  }

  static func write(_ figures: SpanFigures, _ parts: Parts, stepSeconds: Int64 = 1, to writer: inout JSONWriter) {
    writer.object { writer in
      if parts.contains(.group) { writer.member("group", figures.group) }
      if parts.contains(.time) { writer.member("time", figures.time.map(RFC3339.format)) }
      if parts.contains(.count) {
        writer.member("span_count", figures.spanCount)
        writer.member("error_count", figures.errorCount)
        writer.member("error_rate", ratio(figures.errorCount, figures.spanCount))
        writer.member("call_count", figures.callCount)
      }
      if parts.contains(.latency) { writeDurations(figures, to: &writer) }
      if parts.contains(.tokens) {
        writer.key("input_tokens")
        writer.exactInt(figures.inputTokens)
        writer.key("output_tokens")
        writer.exactInt(figures.outputTokens)
      }
      if parts.contains(.rates) {
        writer.member("spans_per_second", Double(figures.spanCount) / Double(stepSeconds))
        writer.member("output_tokens_per_second", Double(figures.outputTokens) / Double(stepSeconds))
      }
    }
  }

  /// The durations in milliseconds; null when there is no span.
  private static func writeDurations(_ figures: SpanFigures, to writer: inout JSONWriter) {
    writer.key("duration_ms")
    writer.object { writer in
      let quantiles = figures.durationQuantilesNanoseconds
      writer.optional("mean", figures.spanCount == 0 ? nil : figures.durationMeanNanoseconds / 1e6)
      for (index, name) in ["p50", "p95", "p99"].enumerated() {
        let known = figures.spanCount > 0 && index < quantiles.count && quantiles[index].isFinite
        writer.optional(name, known ? quantiles[index] / 1e6 : nil)
      }
    }
  }

  private static func ratio(_ part: UInt64, _ whole: UInt64) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }
}
