import API
import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension TelemetryEndpoints {
  static let facetEndpoint = Endpoint<TelemetryContext>(
    EndpointDefinition(
      .get, "/api/v1/traces/facets", name: "listFacets",
      summary:
        "The most frequent values of the fields that the spans of a filter have, with how many spans and traces have them.",
      tag: "traces",
      parameters: SpanParameters.own.all + [facetAttributes.definition, facetLimit.definition],
      response: response.definition)
  ) { call in
    let filter = try call.filterOfSingleSpans(SpanParameters.own, default: nil)
    let facets = try call.telemetry.facets(
      filter, attributes: call[facetAttributes] ?? [], limit: call[facetLimit])
    return response(FacetResult(range: filter.range, facets: facets))
  }

  private static let facetLimit = Parameter.integer("limit", "The most values of a field.", 1...100, default: 10)
  private static let response = JSONResponse("FacetResponse", .data(.facets))

  /// The most attributes of a request; each is read of every span.
  private static let attributeCountMax = 8

  private static let facetAttributes = Parameter<[FacetAttribute]?>(
    "attributes",
    "Further fields: `attr.<key>` and `resource.<key>`, separated by commas; at most \(attributeCountMax).",
    schema: Schema.json([
      ("type", .string("string")), ("maxLength", .number(.int(4_096))),
      ("pattern", .string("^(attr|resource)\\.[^,\\u0000]+(,(attr|resource)\\.[^,\\u0000]+){0,7}$")),
    ])
  ) { text, _ throws(InputMistake) in
    let names = text.split(separator: ",", omittingEmptySubsequences: false)
    guard names.count <= attributeCountMax else { throw InputMistake("has more than \(attributeCountMax) attributes") }
    var attributes: [FacetAttribute] = []
    for name in names {
      guard let attribute = FacetAttribute(field: name) else {
        throw InputMistake("expected attr.<key> or resource.<key>, separated by commas")
      }
      if !attributes.contains(attribute) { attributes.append(attribute) }
    }
    return attributes
  }
}

extension FacetAttribute {
  /// An attribute of `attr.<key>` or `resource.<key>`; nil for any other text.
  init?(field: some StringProtocol) {
    let (place, prefix): (AttributePlace, String) =
      field.hasPrefix("attr.") ? (.span, "attr.") : (.resource, "resource.")
    guard field.hasPrefix(prefix), field.count > prefix.count, !field.utf8.contains(0) else { return nil }
    self.init(place: place, key: String(field.dropFirst(prefix.count)))
  }
}

struct FacetResult: Sendable {
  let range: TimeRange
  let facets: SpanFacets
}

extension JSONShape where Value == FacetResult {
  fileprivate static var facets: JSONShape {
    let value = JSONShape<CountedFacet>.object { value in
      value.member("value", .string) { $0.value }
      value.member("span_count", .integer) { $0.spanCount }
      value.member("trace_count", .integer.described("How many traces have such a span; an estimate where many do.")) {
        $0.traceCount
      }
    }
    .named("FacetValue")
    let field = JSONShape<SpanFacets.Field>.object { field in
      field.member("field", .string.described("The parameter that filters by it.")) { $0.field }
      field.member("value_count", .integer.described("Different values, those left out too.")) { $0.valueCount }
      field.member("values", .list(value).described("Those of the most spans.")) { $0.values }
    }
    .named("Facet")
    return object { facets in
      facets.member("start", .dateTime) { $0.range.start }
      facets.member("end", .dateTime) { $0.range.end }
      facets.member("span_count", .integer.described("How many spans the filters match.")) { $0.facets.spanCount }
      let divisor = "One trace of so many is looked at, and counts of values are multiplied by it; 1 for all."
      facets.member("sample_divisor", .integer.described(divisor)) { $0.facets.divisor }
      facets.member("fields", .list(field)) { $0.facets.fields }
    }
    .named("Facets")
  }
}
