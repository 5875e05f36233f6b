/// What the events of a span mean for its normalised columns, by their names.
package enum EventSemantics: Sendable {
  /// The first of them came with the first token.
  case token
  /// A response, with the reason why it ended (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/).
  case choice
  /// What the span failed with (https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/).
  case exception

  /// The meaning of events of a name; nil for all others.
  ///
  /// Tokens: OpenInference (LlamaIndex, LangChain), LangChain's own events, OpenLLMetry of two times, Vercel, MLflow.
  package init?(name: UnsafeRawBufferPointer) {
    if unsafe name.isEqual("exception") {
      self = .exception
    } else if unsafe name.isEqual("gen_ai.choice") {
      self = .choice
    } else if unsafe name.isEqual("First Token Stream Event") || name.isEqual("new_token")
      || name.isEqual("gen_ai.content.completion.chunk") || name.isEqual("llm.content.completion.chunk")
      || name.isEqual("ai.stream.firstChunk") || name.hasPrefix("mlflow.chunk.item.")
    {
      self = .token
    } else {
      return nil
    }
  }
}
