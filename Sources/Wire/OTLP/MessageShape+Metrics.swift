extension MessageShape {
  /// The fields of the messages of metrics.
  var metricFields: [Field] {
    switch self {
    case .metric:
      [
        Field("name", MetricField.name, .string), Field("description", MetricField.description, .string),
        Field("unit", MetricField.unit, .string), Field("gauge", MetricField.gauge, .message(.gauge)),
        Field("sum", MetricField.sum, .message(.sum)), Field("histogram", MetricField.histogram, .message(.histogram)),
        Field("exponentialHistogram", MetricField.exponentialHistogram, .message(.exponentialHistogram)),
        Field("summary", MetricField.summary, .message(.summary)),
      ]
    case .gauge: [Field("dataPoints", MetricDataField.points, .messages(.numberPoint))]
    case .sum:
      [
        Field("dataPoints", MetricDataField.points, .messages(.numberPoint)), Self.temporality,
        Field("isMonotonic", MetricDataField.isMonotonic, .bool),
      ]
    case .histogram: [Field("dataPoints", MetricDataField.points, .messages(.histogramPoint)), Self.temporality]
    case .exponentialHistogram:
      [Field("dataPoints", MetricDataField.points, .messages(.exponentialPoint)), Self.temporality]
    case .summary: [Field("dataPoints", MetricDataField.points, .messages(.summaryPoint))]
    case .numberPoint:
      [
        Field("startTimeUnixNano", NumberPointField.startTime, .fixed64),
        Field("timeUnixNano", NumberPointField.time, .fixed64), Field("asDouble", NumberPointField.double, .double),
        Field("asInt", NumberPointField.int, .sfixed64),
        Field("exemplars", NumberPointField.exemplars, .messages(.exemplar)),
        Field("attributes", NumberPointField.attributes, .messages(.keyValue)),
        Field("flags", NumberPointField.flags, .uint32),
      ]
    case .histogramPoint:
      [
        Field("startTimeUnixNano", HistogramPointField.startTime, .fixed64),
        Field("timeUnixNano", HistogramPointField.time, .fixed64),
        Field("count", HistogramPointField.count, .fixed64), Field("sum", HistogramPointField.sum, .double),
        Field("bucketCounts", HistogramPointField.bucketCounts, .packedFixed64),
        Field("explicitBounds", HistogramPointField.explicitBounds, .packedDouble),
        Field("exemplars", HistogramPointField.exemplars, .messages(.exemplar)),
        Field("attributes", HistogramPointField.attributes, .messages(.keyValue)),
        Field("flags", HistogramPointField.flags, .uint32), Field("min", HistogramPointField.min, .double),
        Field("max", HistogramPointField.max, .double),
      ]
    case .exponentialPoint: Self.exponentialPointFields
    case .buckets:
      [Field("offset", BucketsField.offset, .sint32), Field("bucketCounts", BucketsField.counts, .packedUInt64)]
    case .summaryPoint:
      [
        Field("startTimeUnixNano", SummaryPointField.startTime, .fixed64),
        Field("timeUnixNano", SummaryPointField.time, .fixed64), Field("count", SummaryPointField.count, .fixed64),
        Field("sum", SummaryPointField.sum, .double),
        Field("quantileValues", SummaryPointField.quantiles, .messages(.quantile)),
        Field("attributes", SummaryPointField.attributes, .messages(.keyValue)),
        Field("flags", SummaryPointField.flags, .uint32),
      ]
    case .quantile:
      [Field("quantile", QuantileField.quantile, .double), Field("value", QuantileField.value, .double)]
    case .exemplar:
      [
        Field("timeUnixNano", ExemplarField.time, .fixed64), Field("asDouble", ExemplarField.double, .double),
        Field("spanId", ExemplarField.spanID, .id), Field("traceId", ExemplarField.traceID, .id),
        Field("asInt", ExemplarField.int, .sfixed64),
        Field("filteredAttributes", ExemplarField.filteredAttributes, .messages(.keyValue)),
      ]
    default: preconditionFailure("\(self) is not a message of metrics")
    }
  }

  private static let temporality = Field(
    "aggregationTemporality", MetricDataField.temporality,
    .enumeration([
      "AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE",
    ]))

  private static let exponentialPointFields: [Field] = [
    Field("attributes", ExponentialPointField.attributes, .messages(.keyValue)),
    Field("startTimeUnixNano", ExponentialPointField.startTime, .fixed64),
    Field("timeUnixNano", ExponentialPointField.time, .fixed64),
    Field("count", ExponentialPointField.count, .fixed64), Field("sum", ExponentialPointField.sum, .double),
    Field("scale", ExponentialPointField.scale, .sint32),
    Field("zeroCount", ExponentialPointField.zeroCount, .fixed64),
    Field("positive", ExponentialPointField.positive, .message(.buckets)),
    Field("negative", ExponentialPointField.negative, .message(.buckets)),
    Field("flags", ExponentialPointField.flags, .uint32),
    Field("exemplars", ExponentialPointField.exemplars, .messages(.exemplar)),
    Field("min", ExponentialPointField.min, .double), Field("max", ExponentialPointField.max, .double),
    Field("zeroThreshold", ExponentialPointField.zeroThreshold, .double),
  ]
}
