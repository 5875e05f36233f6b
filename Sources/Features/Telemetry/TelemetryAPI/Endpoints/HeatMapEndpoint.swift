import API
import Base
import HTTPTypes
import TelemetryQueries

extension TelemetryEndpoints {
  static let heatMapEndpoint = Endpoint<TelemetryContext>(
    EndpointDefinition(
      .get, "/api/v1/analytics/heatmap", name: "getHeatMap",
      summary: "How many spans start when and take how long: counts by time and by the logarithm of the duration.",
      tag: "analytics",
      parameters: SpanParameters.own.all + [
        HeatMapParameters.measure.definition, HeatMapParameters.step.definition,
        HeatMapParameters.rowsPerDoubling.definition,
      ], response: response.definition, problems: [.limitReached])
  ) { call in
    let filter = try call.filterOfSingleSpans(SpanParameters.own, default: nil)
    let second: Int64 = 1_000_000_000
    let range = filter.range.durationNanoseconds
    let step = call[HeatMapParameters.step].map { ($0 - 1) / second + 1 } ?? HeatMapParameters.seconds(of: range)
    guard range / second / step < HeatMapParameters.columnCountMax else {
      throw Problem.invalid(
        "step",
        "the range has more than \(HeatMapParameters.columnCountMax) steps; take at least "
          + "\(range / second / HeatMapParameters.columnCountMax + 1)s")
    }
    var query = HeatMapQuery(
      filter: filter, stepNanoseconds: step * second, rowsPerDoubling: call[HeatMapParameters.rowsPerDoubling],
      cellCountMax: HeatMapParameters.cellCountMax)
    query.measure = call[HeatMapParameters.measure]
    guard let columns = try call.telemetry.heatMap(query) else {
      throw Problem(
        .limitReached,
        "The heat map has more than \(HeatMapParameters.cellCountMax) cells. Take a longer step or fewer rows per doubling."
      )
    }
    return response(HeatMapResult(query: query, columns: columns))
  }

  private static let response = JSONResponse("HeatMapResponse", .data(.heatMap))
}

private enum HeatMapParameters {
  /// The most columns; a screen has room for no more.
  static let columnCountMax: Int64 = 500
  /// The most cells of a response, about 500 kB.
  static let cellCountMax = 50_000

  static let measure = Parameter<HeatMapQuery.Measure?>.choice(
    "measure", "What of a span is measured; `ttft` is the time to the first token. Default: duration."
  ).defaulting(to: .duration)
  static let step = Parameter.duration(
    "step", "The width of a column, rounded up to whole seconds. Default: a round one, 60 in a range at most.")
  static let rowsPerDoubling = Parameter.choice(
    "rows_per_doubling", "How many rows a doubling of the duration has. Default: 4.",
    [1, 2, 4, 8].map { ("\($0)", $0) }
  ).defaulting(to: 4)

  /// Widths in seconds that divide minutes, hours or days evenly; of whole half hours, durations are counted already.
  private static let steps: [Int64] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
  ]

  /// The least of the steps of which a range has at most 60; of longer ranges, whole days.
  static func seconds(of range: Int64) -> Int64 {
    let seconds = range / 1_000_000_000
    return steps.first { $0 * 60 >= seconds } ?? ((seconds - 1) / (60 * 86_400) + 1) * 86_400
  }
}

/// A heat map, and what was requested.
struct HeatMapResult: Sendable {
  let query: HeatMapQuery
  let columns: [HeatMapColumn]
}

extension JSONShape where Value == HeatMapResult {
  fileprivate static var heatMap: JSONShape {
    let column = JSONShape<HeatMapColumn>.object { column in
      column.member("time", .dateTime) { $0.start }
      column.member("rows", .list(.integer).described("The rows that have spans, from the shortest on.")) { $0.rows }
      column.member("counts", .list(.integer).described("How many spans each of `rows` has.")) { $0.counts }
    }
    .named("HeatMapColumn")
    return object { map in
      map.member("start", .dateTime) { $0.query.filter.range.start }
      map.member("end", .dateTime) { $0.query.filter.range.end }
      map.member("measure", .choice) { $0.query.measure }
      map.member("step_seconds", .integer) { $0.query.stepNanoseconds / 1_000_000_000 }
      map.member("rows_per_doubling", .integer) { $0.query.rowsPerDoubling }
      let base = "Row r begins at `row_base_ns` x 2^(r / `rows_per_doubling`); row 0 has all shorter ones too."
      map.member("row_base_ns", .integer.described(base)) { _ in 1_024 }
      map.member("span_count", .integer) { $0.columns.reduce(0) { $0 + $1.counts.reduce(0, +) } }
      map.member("columns", .list(column).described("Those that have spans, by time.")) { $0.columns }
    }
    .named("HeatMap")
  }
}
