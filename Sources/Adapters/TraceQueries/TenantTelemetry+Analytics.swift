import Ground
import StorePorts

extension TenantTelemetry {
  /// The figures of a query by group and time; every minute that the range touches counts whole.
  package func figures(_ query: AnalyticsQuery) throws(QueryFailure) -> [SpanFigures] {
    let result = try rows(AnalyticsSQL.figures(query))
    return (0..<result.rowCount).map { row in
      let count = result["span_count"].unsigned(row) ?? 0
      let (quantiles, range) = result["quantiles"].list(row)
      return SpanFigures(
        group: query.grouping == nil ? nil : result["label"].string(row),
        time: query.stepMinutes == nil
          ? nil : UnixNanoseconds((result["bucket"].int(row) ?? 0) &* 1_000_000_000),
        spanCount: count, errorCount: result["error_count"].unsigned(row) ?? 0,
        durationMeanNanoseconds: count == 0 ? 0 : (result["duration_sum"].double(row) ?? 0) / Double(count),
        durationQuantilesNanoseconds: range.map { quantiles.double($0) ?? 0 },
        inputTokens: result["input_tokens_sum"].unsigned(row) ?? 0,
        outputTokens: result["output_tokens_sum"].unsigned(row) ?? 0)
    }
  }
}

/// The statements of analytics. They read the spans by minute; questions about GPUs, which those lack, read the spans.
enum AnalyticsSQL {
  static func figures(_ query: AnalyticsQuery) -> Select {
    let source = Source(query)
    var columns = source.figures
    var groupBy: [SQLFragment] = []
    var conditions = source.conditions(query)
    var orderBy: [SQLFragment] = []
    if let minutes = query.stepMinutes {
      let seconds = minutes * 60
      columns.append("intDiv(toInt64(toUnixTimestamp(\(source.minute))), \(seconds)) * \(seconds) AS bucket")
      groupBy.append("bucket")
      orderBy.append("bucket")
    }
    if let grouping = query.grouping {
      columns.append("toString(\(source.label(grouping))) AS label")
      groupBy.append("label")
      orderBy.append(contentsOf: query.stepMinutes == nil ? ["span_count DESC", "label"] : ["label"])
      if query.stepMinutes != nil { conditions.append("\(source.top(query, grouping))") }
    }
    return Select(
      columns, from: source.table, where: conditions, groupBy: groupBy,
      // Without a group there would be one row of zeros for no spans.
      having: ["span_count > 0"], orderBy: orderBy, limit: query.stepMinutes == nil ? query.groupCountMax : nil)
  }

  /// One of the two tables.
  private enum Source {
    case minutes, spans

    init(_ query: AnalyticsQuery) { self = query.gpu != nil || query.grouping == .gpu ? .spans : .minutes }

    var table: TelemetryTable { self == .minutes ? .spanMinutes : .spans }
    var minute: SQLFragment { self == .minutes ? "minute" : "start_time" }

    var figures: [SQLFragment] {
      switch self {
      case .minutes:
        [
          "sum(spans) AS span_count", "sumIf(spans, status_code = 2) AS error_count",
          "toFloat64(sum(duration_ns_sum)) AS duration_sum",
          "quantilesTDigestMerge(0.5, 0.95, 0.99)(duration_quantiles) AS quantiles",
          "sum(input_tokens) AS input_tokens_sum", "sum(output_tokens) AS output_tokens_sum",
        ]
      case .spans:
        [
          "count() AS span_count", "countIf(status_code = 2) AS error_count",
          "toFloat64(sum(duration_ns)) AS duration_sum",
          "quantilesTDigest(0.5, 0.95, 0.99)(duration_ns) AS quantiles",
          "sum(ifNull(input_tokens, 0)) AS input_tokens_sum", "sum(ifNull(output_tokens, 0)) AS output_tokens_sum",
        ]
      }
    }

    func conditions(_ query: AnalyticsQuery) -> [SQLFragment] {
      var conditions =
        self == .minutes
        ? SpanMinuteColumns.conditions(query.range) : query.range.wholeMinutes.conditions(on: "start_time")
      if let service = query.service { conditions.append("service_name = \(service)") }
      if let model = query.model { conditions.append("\(Self.model) = \(model)") }
      if let provider = query.provider { conditions.append("provider = \(provider)") }
      if let gpu = query.gpu { conditions.append("has(gpu_ids, \(gpu))") }
      // Spans without a model or GPU are no group of these.
      switch query.grouping {
      case .model: conditions.append("\(Self.model) != ''")
      case .provider: conditions.append("provider != ''")
      case .operation: conditions.append("operation != ''")
      case .gpu: conditions.append("notEmpty(gpu_ids)")
      case .service, nil: break
      }
      return conditions
    }

    private static let model: SQLFragment = "if(response_model != '', response_model, request_model)"

    /// A span with several GPUs counts for each of them.
    func label(_ grouping: AnalyticsGrouping) -> SQLFragment {
      switch grouping {
      case .service: "service_name"
      case .model: Self.model
      case .gpu: "arrayJoin(gpu_ids)"
      case .provider: "provider"
      case .operation: "operation"
      }
    }

    /// With time buckets, the groups are those with the most spans in the whole range.
    func top(_ query: AnalyticsQuery, _ grouping: AnalyticsGrouping) -> SQLFragment {
      let label = "toString(\(label(grouping)))" as SQLFragment
      let count: SQLFragment = self == .minutes ? "sum(spans)" : "count()"
      let top = Select(
        ["\(label) AS label"], from: table, where: conditions(query), groupBy: ["label"],
        orderBy: ["\(count) DESC", "label"], limit: query.groupCountMax)
      return "label IN \(top)"
    }
  }
}

extension TimeRange {
  /// Every minute that the range touches.
  var wholeMinutes: TimeRange {
    let minute: Int64 = 60_000_000_000
    let last = end.rawValue.floored(to: minute)
    return TimeRange(
      start: UnixNanoseconds(start.rawValue.floored(to: minute)),
      end: UnixNanoseconds(last == end.rawValue ? last : last + minute))
  }
}
