/// What another process told of a trace: the span to go on under, and baggage.
public struct TraceContext: Sendable, Hashable {
  /// The span of the other process; nil when there was no valid one.
  public var span: SpanContext?
  /// What travels with the trace; empty for none.
  public var baggage: Baggage

  /// A context, such as one that was read from a queue's message.
  public init(span: SpanContext?, baggage: Baggage = [:]) {
    self.span = span
    self.baggage = baggage
  }

  // MARK: Headers

  /// Names of the headers, in lower case.
  static let names = ["traceparent", "tracestate", "baggage"]
  private static let traceStateMax = 512

  /// Reads what `inject` of another process wrote; names in any case.
  ///
  /// - Parameter headers: Names and values; several values of one name have a pair each.
  /// - Returns: The context; nil when there is neither a valid `traceparent` nor baggage.
  public static func extract(from headers: some Sequence<(key: String, value: String)>) -> TraceContext? {
    var values: [String: [String]] = [:]
    for (name, value) in headers {
      let name = name.lowercased()
      if names.contains(name) { values[name, default: []].append(value) }
    }
    return extract { values[$0] ?? [] }
  }

  /// As the other one, for headers of any kind.
  ///
  /// - Parameter values: The values of a header; its name is in lower case.
  public static func extract(_ values: (String) -> [String]) -> TraceContext? {
    let baggage = Baggage(header: values("baggage").joined(separator: ","))
    // Two traceparents are none.
    let parents = values("traceparent")
    guard parents.count == 1, var span = parse(parents[0].trimmed) else {
      return baggage.isEmpty ? nil : TraceContext(span: nil, baggage: baggage)
    }
    let state = values("tracestate").joined(separator: ",").trimmed
    if state.utf8.count <= traceStateMax, state.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { span.traceState = state }
    return TraceContext(span: span, baggage: baggage)
  }

  /// The span that a `traceparent` names; nil for a malformed one.
  ///
  /// https://www.w3.org/TR/trace-context/#traceparent-header
  private static func parse(_ text: String) -> SpanContext? {
    let parts = text.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].utf8.count == 2, parts[3].utf8.count == 2,
      hexadecimal(Array(parts[0].utf8)[...]) != nil, parts[0] != "ff", parts.count == 4 || parts[0] != "00",
      let traceID = TraceID(parts[1]), let spanID = SpanID(parts[2]),
      let flags = hexadecimal(Array(parts[3].utf8)[...])
    else { return nil }
    return SpanContext(traceID: traceID, spanID: spanID, isSampled: flags & 1 != 0, isRemote: true)
  }

  /// The headers of what is current: `traceparent`, `tracestate` and `baggage`, each only where there is something.
  public static var currentHeaders: [(key: String, value: String)] {
    let active = Span.active
    return headers(of: active?.role == .boundary ? nil : active?.context, baggage: Baggage.current)
  }

  /// The headers that tell another process of a span and of baggage.
  public static func headers(of span: SpanContext?, baggage: Baggage = [:]) -> [(key: String, value: String)] {
    var headers: [(key: String, value: String)] = []
    if let span, span.isValid {
      headers.append(("traceparent", "00-\(span.traceID)-\(span.spanID)-\(span.isSampled ? "01" : "00")"))
      if !span.traceState.isEmpty { headers.append(("tracestate", span.traceState)) }
    }
    let members = baggage.header
    if !members.isEmpty { headers.append(("baggage", members)) }
    return headers
  }

  /// Writes the headers of what is current into a dictionary, such as the fields of a request.
  public static func inject(into headers: inout [String: String]) {
    for (name, value) in currentHeaders { headers[name] = value }
  }
}

/// Does work whose spans are children of another process's span, with its baggage; nil changes nothing.
///
///     try await withContext(TraceContext.extract(from: request.headers)) {
///       try await withSpan("handle", kind: .server) { span in ... }
///     }
public func withContext<Result, Failure: Error>(
  _ context: TraceContext?, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let (span, baggage) = context.active
  let outcome = Span.$active.withValue(span) {
    Baggage.$active.withValue(baggage) { () -> Swift.Result<Result, Failure> in
      do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
    }
  }
  return try outcome.get()
}

/// As the other one, for work that may wait; it stays on the actor of its caller.
public func withContext<Result, Failure: Error>(
  _ context: TraceContext?, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws(Failure) -> Result
) async throws(Failure) -> Result {
  let (span, baggage) = context.active
  let outcome = await Span.$active.withValue(
    span,
    operation: {
      await Baggage.$active.withValue(
        baggage,
        operation: { () async -> Swift.Result<Result, Failure> in
          do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }, isolation: isolation)
    }, isolation: isolation)
  return try outcome.get()
}

/// Does work with further baggage.
public func withBaggage<Result, Failure: Error>(
  _ baggage: Baggage, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  try withContext(TraceContext(span: nil, baggage: baggage), body)
}

/// Does work that may wait with further baggage.
public func withBaggage<Result, Failure: Error>(
  _ baggage: Baggage, isolation: isolated (any Actor)? = #isolation, _ body: () async throws(Failure) -> Result
) async throws(Failure) -> Result {
  try await withContext(TraceContext(span: nil, baggage: baggage), isolation: isolation, body)
}

extension TraceContext? {
  /// What becomes current.
  fileprivate var active: (span: Span?, baggage: Baggage) {
    let current = Span.active
    guard let self else { return (current, Baggage.active) }
    let baggage = self.baggage.isEmpty ? Baggage.active : Baggage.active.merging(self.baggage)
    guard let span = self.span, span.isValid else { return (current, baggage) }
    let place = Place(.none)
    return (Span(core: place.core, isBound: place.isBound, standingFor: span), baggage)
  }
}
