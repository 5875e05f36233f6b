import Base
import FleetTables
import Prices
import SQLBuilder

extension SQLTable {
  static let energy = SQLTable("gpu_energy")
}

/// The statements of an ``EnergyQuery``.
///
/// Rows are grouped by epochs, within which no price changes, and by the place of the GPU in the list of prices: what they
/// cost is computed from the sums.
struct EnergySQL {
  /// When each epoch begins; that of the range is the first.
  let epochs: [UnixNanoseconds]
  private let query: EnergyQuery
  private let prices: PriceList

  init(_ query: EnergyQuery, _ prices: PriceList) {
    self.query = query
    self.prices = prices
    epochs = [query.minutes.start] + prices.changes(in: query.minutes)
  }

  /// Whether the query is about some spans only.
  var isFiltered: Bool {
    query.model != nil || query.service != nil || query.provider != nil || query.operation != nil
  }

  /// What the selected GPUs did, by the kind of the rows.
  var whole: Select {
    Select(
      ["toUInt8(kind) AS kind", "count() AS row_count", "sum(unmeasured_seconds) AS unmeasured"] + sums + priceColumns,
      from: .energy, where: current + gpuConditions, groupBy: ["kind", "epoch", "price_place"],
      limit: EnergyReader.rowCountMax + 1)
  }

  /// What spans took, by the groups of the query.
  ///
  /// - Parameter step: seconds; nil for no time series.
  func groups(step: Int64?) -> Select {
    var columns: [SQLFragment] = ["toUInt8(kind) AS kind"]
    var keys: [SQLFragment] = ["kind", "epoch", "price_place"]
    for (index, dimension) in query.groups.enumerated() {
      let name: SQLFragment = index == 0 ? "group0" : "group1"
      columns.append("\(dimension.column) AS \(name)")
      keys.append(name)
    }
    if let step {
      columns.append("toInt64(intDiv(toUnixTimestamp(minute), \(step)) * \(step)) AS step")
      keys.append("step")
    }
    return Select(
      columns + sums + priceColumns, from: .energy, where: current + gpuConditions + spanConditions, groupBy: keys,
      limit: EnergyReader.rowCountMax + 1)
  }

  private let sums: [SQLFragment] = [
    "sum(joules) AS joules_sum", "sum(exact_joules) AS exact_sum", "sum(estimated_joules) AS estimated_sum",
    "sum(gpu_seconds) AS seconds_sum", "sum(spans) AS span_count", "sum(input_tokens) AS input_sum",
    "sum(output_tokens) AS output_sum",
  ]

  // MARK: - Prices

  private var priceColumns: [SQLFragment] { ["\(epoch) AS epoch", "\(pricePlace) AS price_place"] }

  private var epoch: SQLFragment {
    let ends = epochs.dropFirst()
    guard !ends.isEmpty else { return "toInt64(0)" }
    let cases = ends.enumerated().map { index, end -> SQLFragment in
      "toUnixTimestamp(minute) < \(end.rawValue / 1_000_000_000), \(Int64(index))"
    }
    return "multiIf(\(cases.joined(separator: ", ")), \(Int64(ends.count)))"
  }

  private var pricePlace: SQLFragment {
    guard !prices.gpus.isEmpty else { return "toInt64(-1)" }
    let cases = prices.gpus.enumerated().map { index, gpu -> SQLFragment in
      "gpu_model ILIKE \(gpu.model.likePattern) AND node ILIKE \(gpu.node.likePattern), \(Int64(index))"
    }
    return "multiIf(\(cases.joined(separator: ", ")), toInt64(-1))"
  }

  // MARK: - Conditions

  /// The rows of the range that count: of each minute those that were computed last.
  private var current: [SQLFragment] {
    let newest = Select(["minute", "max(revision)"], from: .energy, where: range, groupBy: ["minute"])
    return range + ["(minute, revision) IN \(newest)"]
  }

  private var range: [SQLFragment] {
    let minutes = query.minutes
    return [
      "minute >= toDateTime(\(minutes.start.rawValue / 1_000_000_000), 'UTC')",
      "minute < toDateTime(\(minutes.end.rawValue / 1_000_000_000), 'UTC')",
    ]
  }

  private var gpuConditions: [SQLFragment] {
    var conditions: [SQLFragment] = []
    if let gpu = query.gpu { conditions.append("gpu = \(gpu) OR resource = \(gpu)") }
    if let node = query.node { conditions.append("node = \(node)") }
    return conditions
  }

  private var spanConditions: [SQLFragment] {
    // Spans of others are shown where tenants are apart, and have no name beyond that.
    var conditions: [SQLFragment] = [
      query.groups.contains(.tenant)
        ? "kind IN (\(Int64(EnergyRowKind.spans.rawValue)), \(Int64(EnergyRowKind.otherTenant.rawValue)))"
        : "kind = \(Int64(EnergyRowKind.spans.rawValue))"
    ]
    if let model = query.model { conditions.append("model = \(model)") }
    if let service = query.service { conditions.append("service_name = \(service)") }
    if let provider = query.provider { conditions.append("provider = \(provider)") }
    if let operation = query.operation { conditions.append("operation = \(operation)") }
    return conditions
  }
}

extension NamePattern {
  /// The same as a pattern of SQL's LIKE.
  var likePattern: String {
    text.reduce(into: "") { pattern, character in
      switch character {
      case "*": pattern += "%"
      case "%", "_", "\\": pattern += "\\\(character)"
      default: pattern.append(character)
      }
    }
  }
}
