package import Base
import SQLBuilder

/// What spans are counted, and how they are grouped.
package struct AnalyticsQuery: Sendable, Hashable {
  package var range: TimeRange
  package var service: String?
  /// The requested model, or the one that responded where none was requested.
  package var model: String?
  package var requestModel: String?
  package var responseModel: String?
  package var provider: String?
  package var gpu: String?
  package var grouping: AnalyticsGrouping?
  /// What the spans are grouped by instead, which no table knows; all spans of the range are read for it.
  package var spanGrouping: SpanGrouping?
  /// The value of a span that ``spanGrouping`` stands for; set when the query is asked.
  var groupValue: SQLFragment?
  /// The width of a time bucket in whole minutes; nil for one bucket.
  package var stepMinutes: Int64?
  /// The most groups, those with the most spans first.
  package var groupCountMax = 100

  package init(range: TimeRange) { self.range = range }
}

extension AnalyticsQuery {
  var isGrouped: Bool { grouping != nil || spanGrouping != nil }

  /// The same without groups.
  var ungrouped: AnalyticsQuery {
    var query = self
    query.grouping = nil
    query.spanGrouping = nil
    query.groupValue = nil
    return query
  }

  /// The name of what is grouped by; nil without groups.
  package var groupingName: String? { grouping?.rawValue ?? spanGrouping?.name }
}

/// What only the spans themselves know.
package enum SpanGrouping: Sendable, Hashable {
  case user, session
  case attribute(FacetAttribute)

  package var name: String {
    switch self {
    case .user: "user"
    case .session: "session"
    case .attribute(let attribute): attribute.field
    }
  }
}

/// What analytics can be grouped by.
package enum AnalyticsGrouping: String, Sendable, CaseIterable {
  case service, model, gpu, provider, operation
  case requestModel = "request_model"
  case responseModel = "response_model"

  /// Whether the groups are models; then calls are counted, not spans.
  package var isByModel: Bool { self == .model || self == .requestModel || self == .responseModel }
}

/// Statistics of the spans of one group and one time bucket.
package struct SpanStatistics: Sendable, Hashable {
  /// Nil when nothing is grouped.
  package var group: String?
  /// The bucket's start; nil when there is one bucket.
  package var time: UnixNanoseconds?
  package var spanCount: UInt64
  package var errorCount: UInt64
  /// Spans that name a model or report tokens; of nested ones, only the innermost that report tokens.
  package var callCount: UInt64
  package var durationMeanNanoseconds: Double
  /// The 0.5, 0.95 and 0.99 quantiles of the duration, estimated.
  package var durationQuantilesNanoseconds: [Double]
  package var inputTokens: UInt64
  package var outputTokens: UInt64

  /// The statistics of no spans.
  package static let none = SpanStatistics(
    spanCount: 0, errorCount: 0, callCount: 0, durationMeanNanoseconds: 0, durationQuantilesNanoseconds: [],
    inputTokens: 0,
    outputTokens: 0)
}

/// The statistics of all spans of a query, and of its groups.
package struct AnalyticsOverview: Sendable, Hashable {
  /// Nil for no spans.
  package var total: SpanStatistics?
  /// Those with the most spans.
  package var groups: [SpanStatistics]
  /// How many groups there are, those beyond the limit too.
  package var groupCount: UInt64
}
