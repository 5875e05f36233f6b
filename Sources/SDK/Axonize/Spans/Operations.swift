extension Tracer {
  /// Starts a span of an embedding, `gen_ai.operation.name` "embeddings"; `setUsage(input:)` counts its tokens.
  ///
  /// - Parameters:
  ///   - name: The conventions ask for "embeddings {model}".
  ///   - model: `gen_ai.request.model`.
  ///   - provider: `gen_ai.provider.name`.
  ///   - dimensions: `gen_ai.embeddings.dimension.count`.
  ///   - kind: `internal` where the model runs in this process.
  ///   - attributes: Further attributes.
  public func startEmbeddingSpan(
    _ name: String, model: String? = nil, provider: String? = nil, dimensions: Int? = nil, kind: SpanKind = .client,
    attributes: Attributes = [:]
  ) -> LLMSpan {
    var given = Attributes()
    given.add("gen_ai.embeddings.dimension.count", dimensions)
    return startLLMSpan(
      name, model: model, provider: provider, operation: "embeddings", kind: kind,
      attributes: given.merging(attributes))
  }

  /// Starts a span of an operation other than a model's generation, such as the use of a tool.
  public func startSpan(_ operation: SpanOperation, attributes: Attributes = [:]) -> Span {
    var given = operation.attributes
    if let query = operation.query {
      given.add("gen_ai.retrieval.query.text", Recording.present.content.text(.input, query))
    }
    return startSpan(operation.name, kind: operation.kind, attributes: given.merging(attributes))
  }
}

/// A step of a program that works with models: the use of a tool, an agent's work, a retrieval.
///
///     try await withSpan(.tool("search", callID: call.id)) { span in ... }
public struct SpanOperation: Sendable, Hashable {
  /// The name of the span.
  public var name: String
  /// The span's relation to others.
  public var kind: SpanKind
  /// `gen_ai.operation.name` and what belongs to it.
  public var attributes: Attributes
  /// Recorded only if content is captured.
  var query: String?

  /// The use of a tool, `gen_ai.operation.name` "execute_tool".
  ///
  /// - Parameters:
  ///   - name: The name of the span, and `gen_ai.tool.name` unless `tool` is given.
  ///   - tool: `gen_ai.tool.name`.
  ///   - type: `gen_ai.tool.type`: "function", "extension" or "datastore".
  ///   - description: `gen_ai.tool.description`.
  ///   - callID: `gen_ai.tool.call.id`.
  ///   - kind: Kind of the span.
  public static func tool(
    _ name: String, tool: String? = nil, type: String? = nil, description: String? = nil, callID: String? = nil,
    kind: SpanKind = .internal
  ) -> SpanOperation {
    var attributes = Attributes()
    attributes.add("gen_ai.operation.name", "execute_tool")
    attributes.add("gen_ai.tool.name", tool ?? name)
    attributes.add("gen_ai.tool.type", type)
    attributes.add("gen_ai.tool.description", description)
    attributes.add("gen_ai.tool.call.id", callID)
    return SpanOperation(name: name, kind: kind, attributes: attributes)
  }

  /// An agent's work, `gen_ai.operation.name` "invoke_agent".
  ///
  /// - Parameters:
  ///   - name: The name of the span, and `gen_ai.agent.name` unless `agent` is given.
  ///   - agent: `gen_ai.agent.name`.
  ///   - id: `gen_ai.agent.id`.
  ///   - description: `gen_ai.agent.description`.
  ///   - version: `gen_ai.agent.version`.
  ///   - conversationID: `gen_ai.conversation.id`.
  ///   - provider: `gen_ai.provider.name`.
  ///   - model: `gen_ai.request.model`.
  ///   - kind: `client` where the agent is a service.
  public static func agent(
    _ name: String, agent: String? = nil, id: String? = nil, description: String? = nil, version: String? = nil,
    conversationID: String? = nil, provider: String? = nil, model: String? = nil, kind: SpanKind = .internal
  ) -> SpanOperation {
    var attributes = Attributes()
    attributes.add("gen_ai.operation.name", "invoke_agent")
    attributes.add("gen_ai.agent.name", agent ?? name)
    attributes.add("gen_ai.agent.id", id)
    attributes.add("gen_ai.agent.description", description)
    attributes.add("gen_ai.agent.version", version)
    attributes.add("gen_ai.conversation.id", conversationID)
    attributes.add("gen_ai.provider.name", provider)
    attributes.add("gen_ai.request.model", model)
    return SpanOperation(name: name, kind: kind, attributes: attributes)
  }

  /// A retrieval, `gen_ai.operation.name` "retrieval".
  ///
  /// - Parameters:
  ///   - name: The name of the span.
  ///   - query: `gen_ai.retrieval.query.text`; recorded only if content is captured.
  ///   - dataSource: `gen_ai.data_source.id`.
  ///   - topK: `gen_ai.request.top_k`.
  ///   - model: `gen_ai.request.model`.
  ///   - provider: `gen_ai.provider.name`.
  ///   - kind: Kind of the span.
  public static func retrieval(
    _ name: String, query: String? = nil, dataSource: String? = nil, topK: Int? = nil, model: String? = nil,
    provider: String? = nil, kind: SpanKind = .client
  ) -> SpanOperation {
    var attributes = Attributes()
    attributes.add("gen_ai.operation.name", "retrieval")
    attributes.add("gen_ai.data_source.id", dataSource)
    attributes.add("gen_ai.request.top_k", topK)
    attributes.add("gen_ai.request.model", model)
    attributes.add("gen_ai.provider.name", provider)
    return SpanOperation(name: name, kind: kind, attributes: attributes, query: query)
  }
}

/// Does work within a span of a tool, an agent or a retrieval.
@inlinable
public func withSpan<Result, Failure: Error>(
  _ operation: SpanOperation, attributes: Attributes = [:], tracer: Tracer = .default,
  _ body: (Span) throws(Failure) -> Result
) throws(Failure) -> Result {
  let span = tracer.startSpan(operation, attributes: attributes)
  return try span.running { () throws(Failure) in try body(span) }
}

/// Does work that may wait within a span of a tool, an agent or a retrieval.
@inlinable
public func withSpan<Result, Failure: Error>(
  _ operation: SpanOperation, attributes: Attributes = [:], tracer: Tracer = .default,
  isolation: isolated (any Actor)? = #isolation, _ body: (Span) async throws(Failure) -> Result
) async throws(Failure) -> Result {
  let span = tracer.startSpan(operation, attributes: attributes)
  return try await span.running(isolation: isolation) { () async throws(Failure) in try await body(span) }
}

/// Does work within a span of an embedding.
@inlinable
public func withEmbeddingSpan<Result, Failure: Error>(
  _ name: String, model: String? = nil, provider: String? = nil, dimensions: Int? = nil, kind: SpanKind = .client,
  attributes: Attributes = [:], tracer: Tracer = .default, _ body: (LLMSpan) throws(Failure) -> Result
) throws(Failure) -> Result {
  let span = tracer.startEmbeddingSpan(
    name, model: model, provider: provider, dimensions: dimensions, kind: kind, attributes: attributes)
  return try span.running { () throws(Failure) in try body(span) }
}

/// Does work that may wait within a span of an embedding.
@inlinable
public func withEmbeddingSpan<Result, Failure: Error>(
  _ name: String, model: String? = nil, provider: String? = nil, dimensions: Int? = nil, kind: SpanKind = .client,
  attributes: Attributes = [:], tracer: Tracer = .default, isolation: isolated (any Actor)? = #isolation,
  _ body: (LLMSpan) async throws(Failure) -> Result
) async throws(Failure) -> Result {
  let span = tracer.startEmbeddingSpan(
    name, model: model, provider: provider, dimensions: dimensions, kind: kind, attributes: attributes)
  return try await span.running(isolation: isolation) { () async throws(Failure) in try await body(span) }
}
