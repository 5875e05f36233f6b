// Each function is there twice: for work that waits and for work that does not. The waiting form runs on the actor of
// its caller, so that `body` may use what the caller may.

/// Does work within a span, which is current while `body` runs and ends with it.
///
///     let answer = try await withSpan("retrieve", kind: .client, attributes: ["k": 10]) { span in
///       let documents = try await search(question)
///       span.setAttribute("found", documents.count)
///       return documents
///     }
///
/// An error that leaves `body` is recorded on the span and thrown on as it is. Spans that begin within, in child tasks
/// too, are its children; `Task.detached` begins without a parent.
///
/// - Parameters:
///   - name: What is done; few different ones, with what varies in attributes.
///   - kind: The span's relation to others.
///   - attributes: What is known at the start.
///   - links: Other spans that this one refers to.
///   - parent: Where the span belongs.
///   - tracer: The scope of the span.
///   - body: The work.
/// - Returns: What `body` returns.
@inlinable
public func withSpan<Result, Failure: Error>(
  _ name: String, kind: SpanKind = .internal, attributes: Attributes = [:], links: [SpanLink] = [],
  parent: SpanParent = .current, tracer: Tracer = .default, _ body: (Span) throws(Failure) -> Result
) throws(Failure) -> Result {
  let span = tracer.startSpan(name, kind: kind, attributes: attributes, links: links, parent: parent)
  return try span.running { () throws(Failure) in try body(span) }
}

/// Does work that may wait within a span; see the form for work that does not.
@inlinable
public func withSpan<Result, Failure: Error>(
  _ name: String, kind: SpanKind = .internal, attributes: Attributes = [:], links: [SpanLink] = [],
  parent: SpanParent = .current, tracer: Tracer = .default, isolation: isolated (any Actor)? = #isolation,
  _ body: (Span) async throws(Failure) -> Result
) async throws(Failure) -> Result {
  let span = tracer.startSpan(name, kind: kind, attributes: attributes, links: links, parent: parent)
  return try await span.running(isolation: isolation) { () async throws(Failure) in try await body(span) }
}

/// Does work within a span of a model's generation.
///
///     try await withLLMSpan("chat llama-3.1-8b", model: "llama-3.1-8b", provider: "vllm") { span in
///       for try await token in generate(question).recordingTokens(on: span) { send(token) }
///       span.setUsage(input: 512, cached: 256)
///     }
///
/// - Parameters:
///   - name: The conventions ask for "{operation} {model}".
///   - model: `gen_ai.request.model`.
///   - provider: `gen_ai.provider.name`, such as "vllm" or "openai".
///   - operation: `gen_ai.operation.name`: "chat", "text_completion", "generate_content", ...
///   - request: What else was asked of the model.
///   - kind: `internal` where the model runs in this process.
///   - attributes: Further attributes.
///   - links: Other spans that this one refers to.
///   - parent: Where the span belongs.
///   - tracer: The scope of the span.
///   - body: The work.
/// - Returns: What `body` returns.
@inlinable
public func withLLMSpan<Result, Failure: Error>(
  _ name: String, model: String? = nil, provider: String? = nil, operation: String = "chat",
  request: LLMRequest = LLMRequest(), kind: SpanKind = .client, attributes: Attributes = [:], links: [SpanLink] = [],
  parent: SpanParent = .current, tracer: Tracer = .default, _ body: (LLMSpan) throws(Failure) -> Result
) throws(Failure) -> Result {
  let span = tracer.startLLMSpan(
    name, model: model, provider: provider, operation: operation, request: request, kind: kind,
    attributes: attributes, links: links, parent: parent)
  return try span.running { () throws(Failure) in try body(span) }
}

/// Does work that may wait within a span of a model's generation; see the form for work that does not.
@inlinable
public func withLLMSpan<Result, Failure: Error>(
  _ name: String, model: String? = nil, provider: String? = nil, operation: String = "chat",
  request: LLMRequest = LLMRequest(), kind: SpanKind = .client, attributes: Attributes = [:], links: [SpanLink] = [],
  parent: SpanParent = .current, tracer: Tracer = .default, isolation: isolated (any Actor)? = #isolation,
  _ body: (LLMSpan) async throws(Failure) -> Result
) async throws(Failure) -> Result {
  let span = tracer.startLLMSpan(
    name, model: model, provider: provider, operation: operation, request: request, kind: kind,
    attributes: attributes, links: links, parent: parent)
  return try await span.running(isolation: isolation) { () async throws(Failure) in try await body(span) }
}
