import Columns
import JSON
import Telemetry

extension MetricBatch {
  /// The `ExportMetricsServiceRequest` of the rows as OTLP/JSON; points of one metric that follow one another are one.
  var rendered: JSONValue {
    var request = Rendering(resources: resources, scopes: scopes).request(
      "resourceMetrics", scopeGroups: "scopeMetrics", records: "metrics", rowCount: rowCount,
      resourceID: { rows.resourceID[$0] }, scopeID: { rows.scopeID[$0] }, record: rows.rendered)
    request = request.joiningPoints
    return request
  }
}

extension JSONValue {
  /// Joins neighbours in `metrics` lists that are equal but for their data points.
  fileprivate var joiningPoints: JSONValue {
    switch self {
    case .array(let elements): return .array(elements.map(\.joiningPoints))
    case .object(let members):
      return .object(
        members.map { member in
          guard member.key == "metrics", let metrics = member.value.array else {
            return Member(member.key, member.value.joiningPoints)
          }
          var joined: [JSONValue] = []
          for metric in metrics {
            if let last = joined.last, let both = last.joined(with: metric) {
              joined[joined.count - 1] = both
            } else {
              joined.append(metric)
            }
          }
          return Member(member.key, .array(joined))
        })
    default: return self
    }
  }

  private func joined(with other: JSONValue) -> JSONValue? {
    guard let members, self["name"] == other["name"] else { return nil }
    return .object(
      members.map { member in
        guard var data = member.value.members, let points = member.value["dataPoints"]?.array else { return member }
        let more = other[member.key]?["dataPoints"]?.array ?? []
        data[0] = Member("dataPoints", .array(points + more))
        return Member(member.key, .object(data))
      })
  }
}

extension MetricBlock {
  fileprivate func rendered(_ row: Int) -> JSONValue {
    typealias R = Rendering
    let kind = MetricType(rawValue: type[row])
    let data: JSONValue = .object(
      R.members([
        ("dataPoints", .array([point(row, kind)])),
        ("aggregationTemporality", R.number(temporality[row])),
        ("isMonotonic", isMonotonic[row] == 1 ? .bool(true) : nil),
      ]))
    let key =
      switch kind {
      case .gauge: "gauge"
      case .sum: "sum"
      case .histogram: "histogram"
      case .exponentialHistogram: "exponentialHistogram"
      case .summary: "summary"
      case nil: "none"
      }
    return .object(
      R.members([
        ("name", R.text(name[row])), ("description", R.text(description[row])), ("unit", R.text(unit[row])),
        (key, data),
      ]))
  }

  private func point(_ row: Int, _ kind: MetricType?) -> JSONValue {
    typealias R = Rendering
    let sumValue = kind == .summary ? sum[row].flatMap { $0 == 0 ? nil : $0 } : sum[row]
    return .object(
      R.members([
        ("startTimeUnixNano", R.quoted(startTime[row])), ("timeUnixNano", R.quoted(time[row])),
        ("asDouble", R.double(valueDouble[row])), ("asInt", valueInt[row].map { .string(String($0)) }),
        ("count", R.quoted(count[row])), ("sum", R.double(sumValue)), ("scale", R.number(scale[row])),
        ("zeroCount", R.quoted(zeroCount[row])),
        ("zeroThreshold", zeroThreshold[row] == 0 ? nil : R.double(zeroThreshold[row])),
        ("bucketCounts", R.list(bucketCounts.range(row).map { .string(String(bucketCounts.elements[$0])) })),
        ("explicitBounds", R.list(explicitBounds.range(row).compactMap { R.double(explicitBounds.elements[$0]) })),
        ("positive", buckets(positiveOffset, positiveCounts, row)),
        ("negative", buckets(negativeOffset, negativeCounts, row)),
        ("quantileValues", R.list(quantiles.range(row).map(quantile))),
        ("min", R.double(min[row])), ("max", R.double(max[row])),
        ("exemplars", R.stored(exemplars[row])), ("attributes", R.attributes(attributes, row)),
        ("flags", R.number(flags[row])),
      ]))
  }

  private func buckets(
    _ offset: FixedColumn<Int32>, _ counts: ListColumn<FixedColumn<UInt64>>, _ row: Int
  ) -> JSONValue? {
    Rendering.object([
      ("offset", Rendering.number(offset[row])),
      ("bucketCounts", Rendering.list(counts.range(row).map { .string(String(counts.elements[$0])) })),
    ])
  }

  private func quantile(_ index: Int) -> JSONValue {
    .object(
      Rendering.members([
        ("quantile", Rendering.double(quantiles.elements[index])),
        ("value", Rendering.double(quantileValues.elements[index])),
      ]))
  }
}
