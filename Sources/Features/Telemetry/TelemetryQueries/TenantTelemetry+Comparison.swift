package import Base
import Columns
package import Engine
import SQLBuilder
import Telemetry

/// Two selections of spans, of which is asked in what they differ.
package struct SpanComparisonQuery: Sendable {
  package var a: SpanFilter
  /// What A is compared with; nil for all other spans of A's range.
  package var b: SpanFilter?
  /// The most values in the result.
  package var limit: Int
  /// The most spans of each selection that are looked at, chosen by their ids.
  package var sampledCountMax: UInt64 = 20_000

  package init(a: SpanFilter, b: SpanFilter?, limit: Int) {
    self.a = a
    self.b = b
    self.limit = limit
  }
}

/// What two selections of spans differ in.
package struct SpanComparison: Sendable {
  package var a: SpanSample
  package var b: SpanSample
  package var rangeB: TimeRange
  /// How many values were compared; so many chances there were for a difference without a reason.
  package var testCount: Int = 0
  /// Those that differ significantly come first, then by the difference of the shares.
  package var facets: [ComparedFacet] = []
}

extension SpanComparison {
  /// Bonferroni's correction: no difference of all counts as significant by chance more often than this.
  package static let significanceLevel = 0.05

  /// The p-value of a value among all that were compared.
  package func adjustedPValue(_ facet: ComparedFacet) -> Double {
    min(1, facet.comparison.pValue * Double(testCount))
  }

  package func isSignificant(_ facet: ComparedFacet) -> Bool { adjustedPValue(facet) < Self.significanceLevel }
}

extension TenantTelemetry {
  /// The values, of those whose shares differ most, that are tested.
  private static let testedCountMax = 1_000
  /// The resources of a selection whose attributes are counted, the most frequent.
  private static let resourceCountMax = 2_000

  /// What values are more frequent in one selection of spans than in another.
  package func comparison(_ query: SpanComparisonQuery) throws(QueryFailure) -> SpanComparison {
    let rangeB = query.b?.range ?? query.a.range
    guard questionRange != nil else {
      let whole = TimeRange(
        start: min(query.a.range.start, rangeB.start), end: max(query.a.range.end, rangeB.end))
      return try asked(about: whole).comparison(query)
    }
    let filterA = try resolved(query.a)
    let filterB: SpanFilter? = if let b = query.b { try resolved(b) } else { nil }
    let conditionsA = [SpanCountingSQL.isNoCopy] + filterA.spanConditions(in: filterA.range)
    let conditionsB = [SpanCountingSQL.isNoCopy] + (filterB?.spanConditions(in: rangeB) ?? filterA.conditionsOfTheRest)
    let (a, sampledA) = try sample(conditionsA, atMost: query.sampledCountMax)
    let (b, sampledB) = try sample(conditionsB, atMost: query.sampledCountMax)
    var comparison = SpanComparison(a: a, b: b, rangeB: rangeB)
    guard a.sampledCount > 0, b.sampledCount > 0 else { return comparison }
    let counts = try rows(
      SpanFacetSQL.compared(
        ((sampledA, a.sampledCount), (sampledB, b.sampledCount)), limit: Self.testedCountMax))
    var found = (0..<counts.rowCount).map { row in
      (
        SpanFacet(field: counts["field"].text(row), value: counts["value"].text(row)), counts["count_a"].number(row),
        counts["count_b"].number(row)
      )
    }
    let ofResources = try resourceCounts(sampledA, sampledB)
    found += ofResources
    comparison.testCount = Int(counts.rowCount > 0 ? counts["value_count"].number(0) : 0) + ofResources.count
    let fixed = filterA.fixedFacets
    comparison.add(found.filter { !fixed.contains($0.0) }, limit: query.limit)
    return comparison
  }

  /// How many spans conditions find, and the conditions of so many of them as are looked at.
  private func sample(
    _ conditions: [SQLFragment], atMost sampledCountMax: UInt64
  ) throws(QueryFailure) -> (SpanSample, [SQLFragment]) {
    let count = try spanCount(conditions)
    guard count > sampledCountMax else { return (SpanSample(spanCount: count, sampledCount: count), conditions) }
    let sampled = conditions + SpanFacetSQL.isSampled(oneOf: (count - 1) / sampledCountMax + 1)
    return (SpanSample(spanCount: count, sampledCount: try spanCount(sampled)), sampled)
  }

  private func spanCount(_ conditions: [SQLFragment]) throws(QueryFailure) -> UInt64 {
    let counts = try rows(SpanFacetSQL.count(conditions))
    return counts.rowCount > 0 ? counts["spans"].number(0) : 0
  }

  /// How many spans of each sample have which attribute of their resource.
  private func resourceCounts(
    _ conditionsA: [SQLFragment], _ conditionsB: [SQLFragment]
  ) throws(QueryFailure) -> [(SpanFacet, UInt64, UInt64)] {
    var counts: [SpanFacet: (a: UInt64, b: UInt64)] = [:]
    for (isA, conditions) in [(true, conditionsA), (false, conditionsB)] {
      let rows = try rows(SpanFacetSQL.resources(conditions, limit: Self.resourceCountMax))
      guard rows.rowCount > 0 else { continue }
      let resources = try resources(of: rows)
      for row in 0..<rows.rowCount {
        let spans = rows["spans"].number(row)
        for attribute in resources[rows["resource_id"].number(row)]?.attributes ?? [] {
          guard attribute.text.utf8.count <= SpanFacetSQL.valueLengthMax, attribute.key != "service.name" else {
            continue
          }
          let facet = SpanFacet(field: "resource.\(attribute.key)", value: attribute.text)
          if isA { counts[facet, default: (0, 0)].a += spans } else { counts[facet, default: (0, 0)].b += spans }
        }
      }
    }
    return counts.map { ($0.key, $0.value.a, $0.value.b) }
  }
}

extension SpanComparison {
  fileprivate mutating func add(_ counts: [(facet: SpanFacet, a: UInt64, b: UInt64)], limit: Int) {
    let factorials = LogFactorials(upTo: Int(a.sampledCount + b.sampledCount))
    let all = counts.map { facet, countA, countB in
      ComparedFacet(
        facet: facet, countA: countA, countB: countB,
        comparison: ProportionTest(
          a: (Int(countA), Int(a.sampledCount)), b: (Int(countB), Int(b.sampledCount)), factorials))
    }
    func rank(_ facet: ComparedFacet) -> (Int, Double) {
      (isSignificant(facet) ? 0 : 1, -abs(facet.comparison.shareA - facet.comparison.shareB))
    }
    let sorted = all.sorted {
      let (left, right) = (rank($0), rank($1))
      return left == right
        ? ($0.facet.field, $0.facet.value) < ($1.facet.field, $1.facet.value) : left < right
    }
    facets = Array(sorted.prefix(limit))
  }
}

extension SpanFilter {
  /// The conditions of the spans of the range that this does not find.
  fileprivate var conditionsOfTheRest: [SQLFragment] {
    range.conditions(on: "start_time")
      + ["NOT (\(SQLFragment.all(fieldConditions + (plan.map { [$0.selectable] } ?? []))))"]
  }

  /// The values that every span has which this finds, so that they are no answer to what these have in common.
  fileprivate var fixedFacets: Set<SpanFacet> {
    let fields = [
      ("service", service), ("operation", operation), ("status", status?.name), ("model", model),
      ("provider", provider), ("user", user), ("session", session), ("gpu", gpu),
    ]
    return Set(
      fields.compactMap { field, value in value.map { SpanFacet(field: field, value: $0) } }
        + attributes.map { SpanFacet(field: ($0.place == .resource ? "resource." : "attr.") + $0.key, value: $0.value) }
    )
  }
}
