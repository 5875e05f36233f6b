import API
import Base
import HTTPTypes
import JSON
import MetricsIndex
import MetricsQueries
import Series

extension MetricsEndpoints {
  static let history: Endpoint<MetricsContext> = {
    var response = SeriesHistory.response.definition
    response.textContentTypes = ExportFormat.allCases.map(\.mediaType)
    return Endpoint(
      EndpointDefinition(
        .get, "/api/v1/metrics/history", name: "metricHistory",
        summary:
          "Series in steps, each with statistics of its samples: as JSON in pages, or all as CSV or JSON lines.",
        tag: "metrics",
        parameters: SeriesParameters.all + TimeRangeParameters.all + [
          SeriesParameters.step.definition, HistoryParameters.aggregations.definition,
          HistoryParameters.format.definition, HistoryParameters.limit.definition, Parameter.cursor.definition,
        ], response: response, problems: [.limitReached]),
      historyResponse)
  }()

  @Sendable private static func historyResponse(_ call: MetricsCall) throws -> HTTPResponse {
    let time = try call.cursor()?.range ?? call.range()
    let reader = try HistoryReader(call, range: MillisecondRange(time))
    if let format = HistoryParameters.exportFormat(call) {
      return try HistoryExport(call, reader: reader, format: format).response()
    }
    // A page may hold fewer series than `limit`, so that it holds 100,000 steps at the most: some 15 MB.
    let page = try SeriesPage(
      call, range: time, countMax: min(call[HistoryParameters.limit], max(1, 100_000 / reader.grid.count)))
    let histories = try reader.read(page.series, page.kinds, from: call.context.series, isCancelled: call.isCancelled)
    return SeriesHistory.response(call.page(histories, next: page.next))
  }
}

enum HistoryParameters {
  static let aggregations = Parameter<[SeriesAggregation]?>.words(
    "aggregations", "Which statistics each step has, separated by commas. Default: all."
  ).defaulting(to: SeriesAggregation.allCases)
  static let format = Parameter<String?>.choice(
    "format",
    "The form of the response, before what `Accept` asks for. `csv` and `jsonl` hold all series and have no pages.",
    (["json"] + ExportFormat.allCases.map(\.rawValue)).map { ($0, $0) })
  static let limit = Parameter.limit(default: 100)

  /// The form of an export; nil for pages of JSON, which come first where `Accept` has both.
  static func exportFormat(_ call: MetricsCall) -> ExportFormat? {
    if let format = call[format] { return ExportFormat(rawValue: format) }
    let accepted = (call.request.fields["accept"] ?? "").lowercased().split(separator: ",").map { range in
      String(range.prefix { $0 != ";" }.filter { $0 != " " })
    }
    if accepted.contains("application/json") { return nil }
    return ExportFormat.allCases.first { format in accepted.contains(format.mediaType) }
  }
}

/// Reads series as steps.
struct HistoryReader: Sendable {
  let grid: AlignedSteps
  let aggregations: [SeriesAggregation]

  init(grid: AlignedSteps, aggregations: [SeriesAggregation]) {
    self.grid = grid
    self.aggregations = aggregations
  }

  init(_ call: MetricsCall, range: MillisecondRange) throws(Problem) {
    // A hundredth of the range, in whole seconds.
    let step = call[SeriesParameters.step] ?? max(1, range.duration / 100_000) * 1_000_000_000
    grid = try AlignedSteps(range, stepNanoseconds: step, countMax: SeriesParameters.stepCountMax)
    aggregations = call[HistoryParameters.aggregations]
  }

  /// The histories of those series that have samples, in their order.
  func read(
    _ series: [IndexedSeries], _ kinds: MetricKinds, from source: TenantSeriesSource,
    isCancelled: @Sendable () -> Bool
  ) throws(SeriesError) -> [SeriesHistory] {
    let points = try points(of: series, from: source, isCancelled: isCancelled)
    return series.compactMap { one in
      points[one.labels].map { SeriesHistory(series: SeriesIdentity(one.labels, kinds), points: $0) }
    }
  }

  /// The steps with a value of those series that have some.
  func points(
    of series: [IndexedSeries], from source: TenantSeriesSource, isCancelled: @Sendable () -> Bool
  ) throws(SeriesError) -> [LabelSet: [SeriesHistory.Point]] {
    var points: [LabelSet: [SeriesHistory.Point]] = [:]
    try source.history(
      of: series, after: grid.range.after, through: grid.range.through, step: grid.step, isCancelled: isCancelled
    ) { part throws(SeriesError) in
      switch part {
      case .samples(let samples):
        for series in 0..<samples.seriesCount {
          points[samples.labels[series], default: []] += grid.portions(of: samples, series: series)
            .compactMap { portion in point(portion.index, SampleStatistics(samples.values[portion.samples])) }
        }
      case .steps(let labels, let steps):
        // Steps that are no multiple of a level's may have parts of two; the first one stands for them.
        let latest = points[labels]?.last?.time
        points[labels, default: []] += grid.portions(of: steps).compactMap {
          point($0.index, SampleStatistics($0.steps))
        }
        .filter { $0.time != latest }
      }
    }
    return points.filter { !$0.value.isEmpty }
  }

  private func point(_ index: Int, _ statistics: SampleStatistics?) -> SeriesHistory.Point? {
    statistics.map { statistics in
      SeriesHistory.Point(
        time: UnixNanoseconds(milliseconds: grid.time(of: index)),
        statistics: SelectedStatistics(statistics: statistics, aggregations: aggregations))
    }
  }
}

/// A series in steps.
struct SeriesHistory: Sendable {
  /// A step with at least one value.
  struct Point: Sendable {
    /// When the step begins.
    let time: UnixNanoseconds
    let statistics: SelectedStatistics
  }

  let series: SeriesIdentity
  let points: [Point]

  static let shape = JSONShape<SeriesHistory>.object { history in
    history.identity { $0.series }
    history.member("points", .list(point).described("Steps with a value, by time.")) { $0.points }
  }
  .named("MetricHistory")

  static let response = JSONResponse("MetricHistoryList", .page(shape))

  private static let point = JSONShape<Point>.object { point in
    point.member("time", .dateTime.described("When the step begins.")) { $0.time }
    point.statistics { $0.statistics }
  }
  .named("MetricHistoryPoint")
}

/// Statistics, and which of them are shown.
struct SelectedStatistics: Sendable {
  let statistics: SampleStatistics
  let aggregations: [SeriesAggregation]
}

extension JSONObjectShape {
  /// The members of statistics; those that are not shown are left out.
  mutating func statistics(_ part: @escaping @Sendable (Value) -> SelectedStatistics) {
    member("count", .integer.described("How many samples.")) { part($0).statistics.count }
    let approximate = JSONShape<Bool>.boolean
      .described(
        "True where samples are gone and these are of roll-ups: percentiles are less than 1 % from those of the samples."
      )
    optionalMember("approximate", approximate) { part($0).statistics.isOfRollUps ? true : nil }
    for aggregation in SeriesAggregation.allCases {
      optionalMember(aggregation.rawValue, .anyNumber) { value in
        let selected = part(value)
        return selected.aggregations.contains(aggregation) ? selected.statistics[aggregation] : nil
      }
    }
  }
}
