package import API
import JSON

/// What the server asks of the program that reports; where there is nothing, the response has no body.
package struct NodeReportResponse: Sendable, Equatable {
  package var burst: BurstOrder?

  package init(burst: BurstOrder? = nil) { self.burst = burst }

  package static let form = JSONForm<NodeReportResponse>.object(NodeReportResponse()) { response in
    response.optional("burst", \.burst, BurstOrder.form)
  }

  /// Reads a body; an empty one asks for nothing.
  package static func read(_ body: [UInt8]) throws -> NodeReportResponse {
    body.isEmpty ? NodeReportResponse() : try form.read(JSONValue(parsing: body))
  }
}

/// A burst that somebody asks a machine for.
package struct BurstOrder: Sendable, Equatable {
  package var seconds: Int64 = 0
  /// Who asks.
  package var reason = ""

  package init(seconds: Int64 = 0, reason: String = "") {
    self.seconds = seconds
    self.reason = reason
  }

  package static let form = JSONForm<BurstOrder>.object(BurstOrder()) { order in
    order.member("seconds", \.seconds, .count)
    order.member("reason", \.reason, .text(lengthMax: NodeReportLimits.textLengthMax))
  }
}
