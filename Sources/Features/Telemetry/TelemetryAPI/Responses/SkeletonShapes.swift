import API
import Base
import Telemetry
import TelemetryQueries

/// A trace in one of its two forms.
enum TraceInForm: Sendable {
  case whole(WholeTrace)
  case skeleton(TraceSkeleton)

  private static let wholeShape = JSONShape<WholeTrace>.data(.trace).named("TraceAnswer")
  private static let skeletonShape = JSONShape<TraceSkeleton>.data(.skeleton).named("TraceSkeletonAnswer")

  /// `{"data": …}` of either form.
  static var shape: JSONShape<TraceInForm> {
    var schemas = wholeShape.schemas
    schemas.add(skeletonShape.schemas)
    return JSONShape(Schema.either(wholeShape.schema, skeletonShape.schema), referringTo: schemas) { trace, writer in
      switch trace {
      case .whole(let trace): wholeShape.write(trace, &writer)
      case .skeleton(let skeleton): skeletonShape.write(skeleton, &writer)
      }
    }
  }
}

extension JSONShape where Value == TraceSkeleton {
  /// The OpenAPI document's `TraceSkeleton`.
  static var skeleton: JSONShape {
    object { trace in
      trace.member("trace_id", .traceID) { $0.traceID }
      trace.member("root_name", .orNull(.string)) { $0.rootName }
      trace.member("root_service", .orNull(.string)) { $0.rootService }
      trace.member("start_time_unix_nano", .nanoseconds) { $0.start }
      trace.member("duration_ns", .exactInteger) { $0.durationNanoseconds }
      trace.member("span_count", .integer) { $0.spans.ids.count }
      trace.member("error_count", .integer) { $0.errorCount }
      trace.member("input_tokens", .exactInteger) { $0.inputTokens }
      trace.member("output_tokens", .exactInteger) { $0.outputTokens }
      trace.member("truncated", .boolean.described("Whether there are more spans; `/spans` pages through all.")) {
        $0.isTruncated
      }
      trace.member("spans", .spanColumns.described("One element for each span, by start.")) { $0.spans }
      trace.member("calls", .callColumns.described("Spans that say something about a model or its tokens.")) {
        $0.calls
      }
      trace.member("gpus", .gpuColumns.described("Each GPU of each span that names some.")) { $0.gpus }
    }
    .named("TraceSkeleton")
  }
}

extension JSONShape where Value == TraceSkeleton.Spans {
  fileprivate static var spanColumns: JSONShape {
    object { spans in
      spans.member("span_id", .list(.spanID)) { $0.ids }
      let parents = JSONShape<[Int?]>.list(.orNull(.integer)).described(
        "The place of the parent in `span_id`; null at a root. From `span_id.length` on: places in `missing_parents`.")
      spans.member("parent", parents) { $0.parents }
      spans.member("missing_parents", .list(.spanID).described("Parents that are not among the spans.")) {
        $0.missingParents
      }
      spans.member("name", .textColumn) { $0.names }
      spans.member("service_name", .textColumn) { $0.services }
      spans.member("kind", .textColumn) { TextColumn(SpanKind.allCases.map(\.name), rows: $0.kinds.map(\.rawValue)) }
      spans.member("status", .textColumn) {
        TextColumn(SpanStatus.allCases.map(\.name), rows: $0.statuses.map(\.rawValue))
      }
      spans.member("start_ns", .list(.exactInteger).described("From the start of the trace.")) { $0.startNanoseconds }
      spans.member("duration_ns", .list(.exactInteger)) { $0.durationNanoseconds }
    }
    .named("TraceSkeletonSpans")
  }
}

extension JSONShape where Value == TraceSkeleton.Calls {
  fileprivate static var callColumns: JSONShape {
    object { calls in
      calls.member("span", .places) { $0.places }
      calls.member("provider", .textColumn) { $0.providers }
      calls.member("operation", .textColumn) { $0.operations }
      calls.member("model", .textColumn.described("The requested model, or the one that responded.")) { $0.models }
      calls.member("input_tokens", .list(.orNull(.exactInteger))) { $0.inputTokens }
      calls.member("output_tokens", .list(.orNull(.exactInteger))) { $0.outputTokens }
      calls.member("cached_tokens", .list(.orNull(.exactInteger))) { $0.cachedTokens }
      calls.member("time_to_first_token_ns", .list(.orNull(.exactInteger))) { $0.firstTokenNanoseconds }
      calls.member("time_per_output_token_ns", .list(.orNull(.exactInteger))) { $0.perTokenNanoseconds }
    }
    .named("TraceSkeletonCalls")
  }
}

extension JSONShape where Value == TraceSkeleton.GPUs {
  fileprivate static var gpuColumns: JSONShape {
    object { gpus in
      gpus.member("span", .places) { $0.places }
      gpus.member("gpu", .textColumn) { $0.ids }
    }
    .named("TraceSkeletonGpus")
  }
}

extension JSONShape where Value == [Int] {
  fileprivate static var places: JSONShape { .list(.integer).described("Places in `spans`.") }
}

extension JSONShape where Value == TextColumn {
  /// `{"values": ["a", "b"], "rows": [0, 0, 1]}`.
  fileprivate static var textColumn: JSONShape {
    object { column in
      column.member("values", .list(.string).described("Each different text once.")) { $0.values }
      column.member("rows", .list(.integer).described("The place in `values` of each row's text.")) { $0.rows }
    }
    .named("TextColumn")
  }
}
