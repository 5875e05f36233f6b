import Columns

/// The names that other conventions have for the values of `gen_ai.operation.name`.
@usableFromInline
enum OperationAlias {
  /// OpenInference's `openinference.span.kind`, OpenLLMetry's `llm.request.type` and `traceloop.span.kind`, Langfuse's
  /// `langfuse.observation.type`, MLflow's `mlflow.spanType`, LangSmith's `langsmith.span.kind`, LiteLLM's call types,
  /// Vercel's `ai.operationId` without its details, and `ai.inference.type` of earlier Axonize releases, all in lower
  /// case.
  ///
  /// A name that is not here stays as it is, in lower case. Some mean a span of no particular kind.
  private static let operations: [String: String] = [
    "llm": "chat", "chat": "chat", "chat_model": "chat", "generation": "chat", "acompletion": "chat",
    "completion": "text_completion", "atext_completion": "text_completion",
    "embedding": "embeddings", "embeddings": "embeddings", "aembedding": "embeddings", "embed": "embeddings",
    "retriever": "retrieval", "reranker": "rerank", "tool": "execute_tool", "tools": "execute_tool",
    "agent": "invoke_agent", "workflow": "invoke_workflow",
    "ai.generatetext": "chat", "ai.streamtext": "chat", "ai.generateobject": "chat", "ai.streamobject": "chat",
    "ai.embed": "embeddings", "ai.embedmany": "embeddings", "ai.toolcall": "execute_tool",
  ]

  /// Names that only say that a span is one.
  private static let empty: Set<String> = ["span", "event", "unknown"]

  /// The operation of a name, for example `chat` for `LLM` and for `ai.streamText.doStream`.
  ///
  /// - Parameter isOwn: whether the name is the value of `gen_ai.operation.name` itself, which always counts.
  static func operation(of name: String, isOwn: Bool = false) -> String {
    let name = name.lowercased()
    if let operation = operations[name] { return operation }
    if !isOwn, empty.contains(name) { return "" }
    guard name.hasPrefix("ai.") else { return name }
    let stem = name.split(separator: ".").prefix(2).joined(separator: ".")
    return operations[stem] ?? name
  }

  /// Whether a value of `gen_ai.operation.name`, in lower case, is another name of an operation.
  @usableFromInline
  @inline(never)
  static func isOther(_ text: UnsafeRawBufferPointer) -> Bool {
    // Nearly every call: no look-up.
    if unsafe text.isEqual("chat") { return false }
    let name = unsafe String(decoding: text, as: UTF8.self)
    return operation(of: name, isOwn: true) != name
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes are those of a literal.
  @inline(__always)
  func isEqual(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount, let base = baseAddress else { return false }
    // SAFETY: both have the compared bytes.
    return unsafe ByteCompare.isEqual(base, UnsafeRawPointer(text.utf8Start), count: count)
  }

  /// Whether the bytes begin with those of a literal.
  func hasPrefix(_ text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    return unsafe UnsafeRawBufferPointer(rebasing: self[..<text.utf8CodeUnitCount]).isEqual(text)
  }
}
