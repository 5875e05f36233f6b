package import Base
package import Prices

/// The answer to an ``EnergyQuery``.
package struct EnergyReport: Sendable {
  /// Spans of the tenant, after all filters.
  package var total = EnergySums()
  /// GPUs while no span ran on them, after the filters by GPU and node.
  package var idle = EnergySums()
  /// Spans of other tenants on GPUs of this one, after the filters by GPU and node.
  package var otherTenants = EnergySums()
  /// Spans of the tenant after the filters by GPU and node alone.
  package var allSpans = EnergySums()
  /// How many minutes of GPUs, or of parts of them, there are.
  package var resourceMinutes: Int64 = 0
  package var unmeasuredSeconds = 0.0
  /// Those with the most energy first.
  package var groups: [Group] = []
  package var groupCount = 0

  package init() {}

  /// Gives the values of a dimension, which stands at a place among those of the query, other names.
  package mutating func rename(at place: Int, _ name: (String) -> String) {
    for index in groups.indices { groups[index].names[place] = name(groups[index].names[place]) }
  }

  /// What the GPUs took, by their counters: spans, whoever's they are, and idle.
  package var measuredJoules: Double { allSpans.joules + idle.joules + otherTenants.joules }

  /// Which part of the time of the GPUs has samples of energy, from 0 to 1; nil where there is none.
  package var coverage: Double? {
    guard resourceMinutes > 0 else { return nil }
    return max(0, 1 - unmeasuredSeconds / (60 * Double(resourceMinutes)))
  }

  /// Spans that have the same values.
  package struct Group: Sendable {
    /// One for each dimension of the query.
    package internal(set) var names: [String]
    package var sums = EnergySums()
    /// By time; steps without energy are left out.
    package var points: [Point] = []
  }

  /// A step of a time series.
  package struct Point: Sendable {
    package let time: UnixNanoseconds
    package var sums = EnergySums()
  }
}

/// Sums over spans, or over idle GPUs.
package struct EnergySums: Sendable, Hashable {
  package var joules = 0.0
  package var exactJoules = 0.0
  package var estimatedJoules = 0.0
  package var gpuSeconds = 0.0
  package var spans = 0.0
  package var inputTokens = 0.0
  package var outputTokens = 0.0
  package var cost = UsageCost.none

  package init() {}

  package var tokens: Double { inputTokens + outputTokens }
  package var sharedJoules: Double { max(0, joules - exactJoules - estimatedJoules) }
  package var kilowattHours: Double { joules / EnergyUnits.joulesPerKilowattHour }

  package static func += (left: inout EnergySums, right: EnergySums) {
    left.joules += right.joules
    left.exactJoules += right.exactJoules
    left.estimatedJoules += right.estimatedJoules
    left.gpuSeconds += right.gpuSeconds
    left.spans += right.spans
    left.inputTokens += right.inputTokens
    left.outputTokens += right.outputTokens
    left.cost += right.cost
  }
}
