/// Words of other conventions for what OpenTelemetry calls `gen_ai.operation.name`.
enum OperationWord {
  /// OpenInference's `openinference.span.kind`, OpenLLMetry's `llm.request.type` and `traceloop.span.kind`, Vercel's
  /// `ai.operationId` without its details, and `ai.inference.type` of the Axonize of before, all in lower case.
  /// A word that is not here stays as it is, in lower case.
  private static let operations: [String: String] = [
    "llm": "chat", "chat": "chat", "completion": "text_completion", "embedding": "embeddings",
    "embeddings": "embeddings", "retriever": "retrieval", "reranker": "rerank", "tool": "execute_tool",
    "agent": "invoke_agent", "workflow": "invoke_workflow",
    "ai.generatetext": "chat", "ai.streamtext": "chat", "ai.generateobject": "chat", "ai.streamobject": "chat",
    "ai.embed": "embeddings", "ai.embedmany": "embeddings", "ai.toolcall": "execute_tool",
  ]

  /// The operation that a word names, e.g. `chat` for `LLM` and for `ai.streamText.doStream`.
  static func operation(of word: String) -> String {
    let word = word.lowercased()
    if let operation = operations[word] { return operation }
    guard word.hasPrefix("ai.") else { return word }
    let stem = word.split(separator: ".").prefix(2).joined(separator: ".")
    return operations[stem] ?? word
  }
}
