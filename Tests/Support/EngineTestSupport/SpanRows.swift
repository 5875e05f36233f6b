import Base
import Columns
import System
package import Telemetry

/// Spans of one trace.
package enum SpanRows {
  package static let day: Int64 = 86_400_000_000_000
  /// The beginning of yesterday, UTC: within every retention, and no row near the day's end.
  package static let start = (WallClock.now.rawValue / day - 1) * day
  package static let step: Int64 = 1_000_000
  package static let duration: Int64 = 5_000_000

  package static func append(to block: SpanBlock, count: Int) { append(to: block, 0..<count) }

  package static func append(
    to block: SpanBlock, _ rows: Range<Int>, batchID: UInt64 = 77, trace: UInt64 = 2, model: String = "",
    gpu: String? = nil, tokens: (Int) -> UInt64? = { UInt64($0) }
  ) {
    for row in rows {
      block.tenant.append(1)
      block.traceID.append(high: 1, low: trace)
      block.spanID.append(UInt64(row + 1))
      block.parentSpanID.append(UInt64(row))
      block.name.append("span \(row)")
      block.kind.append(1)
      block.startTime.append(start + Int64(row) * step)
      block.durationNanoseconds.append(duration)
      block.statusCode.append(0)
      block.serviceName.append("checkout")
      block.inputTokens.append(tokens(row))
      block.batchID.append(batchID)
      block.attributes.append(key: "k", type: .string, value: "v\(row)")
      block.attributes.endRow()
      for text in [block.details, block.statusMessage, block.sessionID, block.userID] { text.append("") }
      for column in [
        block.scopeName, block.scopeVersion, block.provider, block.operation, block.responseModel, block.finishReason,
        block.errorType, block.nodeID,
      ] { column.append("") }
      block.requestModel.append(model)
      for column in [block.flags, block.promoted] { column.append(0) }
      for column in [block.resourceID, block.scopeID] { column.append(0) }
      for column in [block.outputTokens, block.cachedTokens, block.cacheCreationTokens, block.reasoningTokens] {
        column.append(nil)
      }
      for column in [block.ttftNanoseconds, block.tpotNanoseconds] { column.append(nil) }
      if let gpu { block.gpuIDs.elements.append(gpu) }
      block.gpuIDs.endRow()
    }
  }
}
