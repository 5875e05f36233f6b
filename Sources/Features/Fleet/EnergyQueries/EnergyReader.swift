package import Base
import Columns
package import Engine
import FleetTables
package import Prices
import SQLBuilder

/// Reads what was computed of the energy of GPUs.
package struct EnergyReader: Sendable {
  private let engine: any AnalyticsEngine
  private let limits: QueryLimits

  package init(engine: any AnalyticsEngine, limits: QueryLimits) {
    self.engine = engine
    self.limits = limits
  }

  /// Rows of one statement: 200 MB at the most.
  package static let rowCountMax = 200_000

  /// Why there is no report.
  package enum Failure: Error {
    case query(QueryFailure)
    /// There are more groups, times steps and prices, than are read.
    case tooManyGroups
  }

  /// The report of a query, by two statements, or three with a time series.
  package func report(
    _ query: EnergyQuery, of tenant: TenantID, prices: PriceList, during activity: QueryActivity
  ) throws(Failure) -> EnergyReport {
    let statements = EnergySQL(query, prices)
    func rows(_ select: Select) throws(Failure) -> EnergyRows {
      do {
        var limits = limits
        limits.timeout = min(limits.timeout, try activity.timeLeft())
        let result = try engine.query(select.statement(for: tenant, limits: limits), during: activity)
        guard result.rowCount <= Self.rowCountMax else { throw Failure.tooManyGroups }
        return EnergyRows(result, prices, statements.epochs)
      } catch let failure as Failure {
        throw failure
      } catch {
        throw Failure.query(QueryFailure(error))
      }
    }

    var report = EnergyReport()
    let whole = try rows(statements.whole)
    for row in 0..<whole.count {
      let sums = whole.sums(row)
      switch whole.kind(row) {
      case .spans: report.allSpans += sums
      case .otherTenant: report.otherTenants += sums
      case .idle:
        report.idle += sums
        report.resourceMinutes += whole.rowCount(row)
        report.unmeasuredSeconds += whole.unmeasuredSeconds(row)
      case .computed, nil: break
      }
    }
    guard statements.isFiltered || !query.groups.isEmpty || query.stepSeconds != nil else {
      report.total = report.allSpans
      return report
    }
    let groups = try rows(statements.groups(step: nil))
    var sums: [[String]: EnergySums] = [:]
    for row in 0..<groups.count {
      let part = groups.sums(row)
      sums[groups.names(row, query.groups.count), default: EnergySums()] += part
      if groups.kind(row) == .spans { report.total += part }
    }
    report.groupCount = sums.count
    let ordered = sums.sorted {
      $0.value.joules == $1.value.joules ? $0.key.lexicographicallyPrecedes($1.key) : $0.value.joules > $1.value.joules
    }
    report.groups = ordered.prefix(query.groupCountMax).map { EnergyReport.Group(names: $0.key, sums: $0.value) }
    if let step = query.stepSeconds { addPoints(to: &report, query, try rows(statements.groups(step: step))) }
    return report
  }

  private func addPoints(to report: inout EnergyReport, _ query: EnergyQuery, _ rows: EnergyRows) {
    var points: [[String]: [Int64: EnergySums]] = [:]
    for row in 0..<rows.count {
      points[rows.names(row, query.groups.count), default: [:]][rows.step(row), default: EnergySums()] += rows.sums(row)
    }
    for index in report.groups.indices {
      report.groups[index].points = (points[report.groups[index].names] ?? [:]).sorted { $0.key < $1.key }.map {
        EnergyReport.Point(time: UnixNanoseconds($0.key * 1_000_000_000), sums: $0.value)
      }
    }
  }
}

/// The rows of a statement of ``EnergySQL``.
private struct EnergyRows {
  private let result: QueryResult
  private let prices: PriceList
  /// When each epoch of prices begins.
  private let epochs: [UnixNanoseconds]

  init(_ result: QueryResult, _ prices: PriceList, _ epochs: [UnixNanoseconds]) {
    self.result = result
    self.prices = prices
    self.epochs = epochs
  }

  var count: Int { result.rowCount }

  func kind(_ row: Int) -> EnergyRowKind? { EnergyRowKind(rawValue: UInt8(clamping: result["kind"].int(row) ?? 0)) }
  func rowCount(_ row: Int) -> Int64 { result["row_count"].int(row) ?? 0 }
  func unmeasuredSeconds(_ row: Int) -> Double { number("unmeasured", row) }
  func step(_ row: Int) -> Int64 { result["step"].int(row) ?? 0 }
  func names(_ row: Int, _ count: Int) -> [String] { (0..<count).map { result["group\($0)"].string(row) ?? "" } }

  func sums(_ row: Int) -> EnergySums {
    var sums = EnergySums()
    sums.joules = number("joules_sum", row)
    sums.exactJoules = number("exact_sum", row)
    sums.estimatedJoules = number("estimated_sum", row)
    sums.gpuSeconds = number("seconds_sum", row)
    sums.spans = number("span_count", row)
    sums.inputTokens = number("input_sum", row)
    sums.outputTokens = number("output_sum", row)
    let place = result["price_place"].int(row) ?? -1
    sums.cost = prices.cost(
      of: GPUUsage(
        time: epochs[Int(result["epoch"].int(row) ?? 0)], joules: sums.joules, gpuSeconds: sums.gpuSeconds),
      gpuAt: place < 0 ? nil : Int(place))
    return sums
  }

  private func number(_ column: String, _ row: Int) -> Double { result[column].double(row) ?? 0 }
}
