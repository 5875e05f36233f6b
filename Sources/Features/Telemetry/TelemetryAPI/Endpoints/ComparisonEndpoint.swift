import API
import Base
import HTTPTypes
import TelemetryQueries

extension TelemetryEndpoints {
  static let comparisonEndpoint = Endpoint<TelemetryContext>(
    EndpointDefinition(
      .get, "/api/v1/analytics/compare", name: "compareSpans",
      summary: "What values of fields and attributes spans of a selection have more often than those of another one.",
      tag: "analytics", parameters: selectionA.all + selectionB.all + [comparedLimit.definition],
      response: response.definition)
  ) { call in
    let a = try call.filterOfSingleSpans(selectionA, default: nil)
    let b = try call.filterOfSingleSpans(selectionB, default: a.range)
    // Without a filter of its own it would be A and the rest together.
    let isOfRest = b == SpanFilter(range: a.range)
    let query = SpanComparisonQuery(a: a, b: isOfRest ? nil : b, limit: call[comparedLimit])
    return response(ComparisonResult(query: query, comparison: try call.telemetry.comparison(query)))
  }

  private static let selectionA = SpanFilterParameters(prefix: "a.", "Of selection A: ")
  private static let selectionB = SpanFilterParameters(
    prefix: "b.", "Of selection B, which has all other spans of A's range where nothing is said of it: ")
  private static let comparedLimit = Parameter.integer(
    "limit", "The most values, those that differ most first.", 1...200, default: 50)
  private static let response = JSONResponse("ComparisonResponse", .data(.comparison))
}

struct ComparisonResult: Sendable {
  let query: SpanComparisonQuery
  let comparison: SpanComparison
}

/// A value with what it takes part in.
private struct ComparedValue: Sendable {
  let facet: ComparedFacet
  let comparison: SpanComparison
}

/// One of the two selections.
private struct ComparedSelection: Sendable {
  let range: TimeRange
  let sample: SpanSample
}

extension JSONShape where Value == ComparisonResult {
  fileprivate static var comparison: JSONShape {
    object { result in
      result.member("a", .selection) {
        ComparedSelection(range: $0.query.a.range, sample: $0.comparison.a)
      }
      result.member("b", .selection) {
        ComparedSelection(range: $0.comparison.rangeB, sample: $0.comparison.b)
      }
      result.member("b_is_rest", .boolean.described("Whether B is every span of A's range that is not in A.")) {
        $0.query.b == nil
      }
      result.member("test_count", .integer.described("How many values were compared.")) { $0.comparison.testCount }
      result.member("values", .list(.comparedValue)) { result in
        result.comparison.facets.map { ComparedValue(facet: $0, comparison: result.comparison) }
      }
    }
    .named("Comparison")
  }
}

extension JSONShape where Value == ComparedSelection {
  fileprivate static var selection: JSONShape {
    object { selection in
      selection.member("start", .dateTime) { $0.range.start }
      selection.member("end", .dateTime) { $0.range.end }
      selection.member("span_count", .integer) { $0.sample.spanCount }
      selection.member("sampled_count", .integer.described("How many of them were looked at, chosen by their ids.")) {
        $0.sample.sampledCount
      }
    }
    .named("ComparedSelection")
  }
}

extension JSONShape where Value == ComparedValue {
  fileprivate static var comparedValue: JSONShape {
    object { value in
      let field = "The parameter of `/spans` that filters by it, or another field: `kind`, `node`, `input_tokens` …"
      value.member("field", .string.described(field)) { $0.facet.facet.field }
      value.member("value", .string) { $0.facet.facet.value }
      value.member("count_a", .integer.described("Of the sampled spans.")) { $0.facet.countA }
      value.member("count_b", .integer) { $0.facet.countB }
      value.member("share_a", .number) { $0.facet.comparison.shareA }
      value.member("share_b", .number) { $0.facet.comparison.shareB }
      value.member("lift", .orNull(.number).described("`share_a` / `share_b`; null where B has none.")) {
        $0.facet.comparison.lift
      }
      value.member("test", .choice) { $0.facet.comparison.method }
      value.member("p_value", .number.described("Two-sided, of this value alone.")) { $0.facet.comparison.pValue }
      value.member("adjusted_p_value", .number.described("Bonferroni's: `p_value` × `test_count`, at most 1.")) {
        $0.comparison.adjustedPValue($0.facet)
      }
      value.member("significant", .boolean.described("Whether `adjusted_p_value` is below 0.05.")) {
        $0.comparison.isSignificant($0.facet)
      }
    }
    .named("ComparedValue")
  }
}
