import Columns
import OTLP
import Telemetry
import Testing

/// What libraries send beyond the conventions, as they were seen to send it, and the shapes that it may take.
extension NormalisationTests {
  private static let usage = #"""
    {"prompt_tokens":1117,"completion_tokens":243,"total_tokens":1360,"prompt_tokens_details":{"audio_tokens":0,\#
    "cached_tokens":512},"completion_tokens_details":{"reasoning_tokens":71}}
    """#

  static let libraries: [Convention] = [
    Convention(
      name: "Langfuse",
      attributes: [
        text("langfuse.observation.type", "generation"), text("langfuse.observation.model.name", "m1"),
        text("langfuse.observation.usage_details", usage),
        // RequestBuilder.start is 2025-10-09T08:53:20Z.
        text("langfuse.observation.completion_start_time", #""2025-10-09T08:53:20.250000Z""#),
        text("langfuse.observation.metadata.finish_reason", #""stop""#), text("langfuse.session.id", "s1"),
      ],
      meaning: Meaning(
        operation: "chat", request: "m1", input: 1117, output: 243, cached: 512, reasoning: 71, ttft: 250_000_000,
        tpot: 3_099_173, finish: "stop", session: "s1")),
    Convention(
      name: "Langfuse, Anthropic's counts",
      attributes: [
        text("langfuse.observation.type", "generation"),
        text("langfuse.observation.usage_details", #"{"input":31,"output":32,"cache_read_input_tokens":33}"#),
      ],
      meaning: Meaning(operation: "chat", input: 31, output: 32, cached: 33)),
    Convention(
      name: "Langfuse, the Responses API",
      attributes: [
        text(
          "langfuse.observation.usage_details",
          #"""
          {"input_tokens": 1117, "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 512}, \#
          "output_tokens": 243, "output_tokens_details": {"reasoning_tokens": 71}, "total_tokens": 1360}
          """#)
      ],
      meaning: Meaning(input: 1117, output: 243, cached: 512, created: 0, reasoning: 71)),
    Convention(
      name: "MLflow",
      attributes: [
        text("mlflow.spanType", #""CHAT_MODEL""#), text("model", #""m1""#), text("mlflow.llm.model", #""m1-2024""#),
        text("mlflow.llm.provider", #""OpenAI""#),
        text(
          "mlflow.chat.tokenUsage", #"{"input_tokens":1117,"output_tokens":243,"cache_read_input_tokens":512}"#),
      ],
      meaning: Meaning(
        provider: "openai", operation: "chat", request: "m1", response: "m1-2024", input: 1117, output: 243,
        cached: 512)),
    Convention(
      name: "MLflow, a stream",
      attributes: [text("mlflow.spanType", #""EMBEDDING""#), text("model", #""m\u00e9""#)],
      meaning: Meaning(operation: "embeddings", request: "m\u{e9}", ttft: 256_000_000),
      events: [
        Event(name: "mlflow.chunk.item.1", milliseconds: 300), Event(name: "mlflow.chunk.item.0", milliseconds: 256),
      ]),
    Convention(
      name: "a model of an attribute that is MLflow's only in quotation marks", attributes: [text("model", "T")],
      meaning: Meaning()),
    Convention(
      name: "OpenInference, a stream",
      attributes: [int("llm.token_count.completion", 4)],
      meaning: Meaning(output: 4, ttft: 250_000_000, tpot: 250_000_000),
      events: [
        Event(name: "First Token Stream Event", milliseconds: 250),
        Event(name: "First Token Stream Event", milliseconds: 500),
      ]),
    Convention(
      name: "OpenInference, a failed call", attributes: [text("llm.invocation_parameters", #"{"model":"m1"}"#)],
      meaning: Meaning(request: "m1")),
    Convention(
      name: "OpenInference, a failed call that names its model", attributes: [text("llm.model_name", "m1")],
      meaning: Meaning(request: "m1"), status: 2),
    Convention(
      name: "OpenInference, a call that names its model", attributes: [text("llm.model_name", "m1")],
      meaning: Meaning(response: "m1")),
    Convention(
      name: "OpenInference, embeddings",
      attributes: [
        text("openinference.span.kind", "EMBEDDING"), text("embedding.model_name", "m1-2024"),
        text("embedding.invocation_parameters", #"{"model": "m1", "encoding_format": "base64"}"#),
      ],
      meaning: Meaning(operation: "embeddings", request: "m1", response: "m1-2024")),
    Convention(
      name: "OpenLLMetry, a stream", attributes: [text("gen_ai.operation.name", "chat")],
      meaning: Meaning(operation: "chat", ttft: 252_000_000),
      events: [Event(name: "gen_ai.content.completion.chunk", milliseconds: 252)]),
    Convention(
      name: "strands",
      attributes: [
        int("gen_ai.server.time_to_first_token", 325), int("gen_ai.usage.cache_write_input_tokens", 5),
        text("gen_ai.operation.name", "chat"),
      ],
      meaning: Meaning(operation: "chat", created: 5, ttft: 325_000_000, finish: "end_turn"),
      events: [
        Event(
          name: "gen_ai.choice", milliseconds: 400,
          attributes: [text("message", "m"), text("finish_reason", "end_turn")])
      ], durationMilliseconds: 555),
    Convention(
      name: "pydantic-ai",
      attributes: [
        double("gen_ai.client.operation.time_to_first_chunk", 0.25), int("gen_ai.usage.details.reasoning_tokens", 71),
        int("gen_ai.usage.details.cache_write_tokens", 3),
      ],
      meaning: Meaning(created: 3, reasoning: 71, ttft: 250_000_000)),
    Convention(
      name: "LangSmith",
      attributes: [
        text("gen_ai.system", "langchain"), text("langsmith.metadata.ls_provider", "OpenAI"),
        text(
          "langsmith.metadata.usage_metadata",
          #"""
          {"input_tokens":1117,"output_tokens":243,"input_token_details":{"audio":0,"cache_read":512,\#
          "cache_creation":4},"output_token_details":{"audio":0,"reasoning":71}}
          """#),
        int("gen_ai.usage.input_tokens", 1000), text("langsmith.metadata.thread_id", "s1"),
        text("langsmith.metadata.user_id", "u1"),
      ],
      meaning: Meaning(
        provider: "openai", input: 1000, output: 243, cached: 512, created: 4, reasoning: 71, session: "s1", user: "u1")
    ),
    Convention(
      name: "OpenLIT",
      attributes: [
        text("gen_ai.request.user", "user-1"), double("gen_ai.server.time_per_output_token", 0),
        double("gen_ai.server.time_to_first_token", 1), int("gen_ai.usage.output_tokens", 243),
      ],
      meaning: Meaning(output: 243, ttft: 1_000_000_000, user: "user-1")),
    Convention(
      name: "OpenLIT, embeddings",
      attributes: [
        text("gen_ai.operation.name", "embeddings"), int("gen_ai.server.time_per_output_token", 0),
        double("gen_ai.server.time_to_first_token", 0.25), int("gen_ai.usage.input_tokens", 31),
      ],
      meaning: Meaning(operation: "embeddings", input: 31, ttft: 250_000_000)),
    Convention(
      name: "a time per output token of 0 with one token",
      attributes: [double("gen_ai.latency.time_per_output_token", 0), int("gen_ai.usage.output_tokens", 1)],
      meaning: Meaning(output: 1)),
    Convention(
      name: "LiteLLM",
      attributes: [
        text("gen_ai.operation.name", "embedding"), text("llm.user", "user-1"),
        text(
          "metadata.usage_object",
          "{'completion_tokens': 243, 'prompt_tokens': 1117, 'completion_tokens_details': {'text': None, "
            + "'reasoning_tokens': 71}, 'prompt_tokens_details': {'cached_tokens': 512, 'audio': False}}"),
      ],
      meaning: Meaning(
        operation: "embeddings", input: 1117, output: 243, cached: 512, reasoning: 71, user: "user-1")),
    Convention(
      name: "Anthropic's SDK, AG2 and Logfire",
      attributes: [
        int("gen_ai.usage.cache_write.input_tokens", 129), text("anthropic.message.stop_reason", "end_turn"),
        int("gen_ai.usage.thinking_tokens", 70), text("gen_ai.usage.raw", usage),
        text("request_data", #"{"messages":[{"model":"no"}],"model":"m1"}"#),
      ],
      meaning: Meaning(
        request: "m1", input: 1117, output: 243, cached: 512, created: 129, reasoning: 70, finish: "end_turn")),
  ]

  /// What Logfire sends of a call, `type` being that of the span.
  private static func logfire(_ type: String, _ meaning: Meaning) -> Convention {
    Convention(
      name: "Logfire, \(type)",
      attributes: [
        text("gen_ai.provider.name", "openai"), text("user.id", "u1"), text("gen_ai.request.model", "m1"),
        int("gen_ai.usage.input_tokens", 7), text("http.route", "/"), text("logfire.span_type", type),
        text("gen_ai.operation.name", "chat"), text("request_data", #"{"model":"m1"}"#), text("hw.id", "GPU-1"),
        text("gen_ai.conversation.id", "c1"), text("gen_ai.response.model", "m1"), text("gen_ai.usage.raw", usage),
        KeyValue("gen_ai.response.finish_reasons", .array([.string("stop")])),
      ],
      meaning: meaning,
      events: [Event(name: "new_token", milliseconds: 1), Event(name: "exception", milliseconds: 2)])
  }

  static let pending: [Convention] = [
    logfire(
      "span",
      Meaning(
        provider: "openai", operation: "chat", request: "m1", response: "m1", input: 7, output: 243, cached: 512,
        reasoning: 71, ttft: 1_000_000, tpot: 4_128_099, finish: "stop", session: "c1", user: "u1", gpus: ["GPU-1"])),
    logfire("pending_span", Meaning(session: "c1", user: "u1", gpus: ["GPU-1"])),
  ]

  /// Finish reasons are in lower case, whatever has them.
  static let finishReasons: [Convention] =
    [
      KeyValue("gen_ai.response.finish_reasons", .array([.string("STOP"), .string("x")])),
      text("llm.finish_reason", "STOP"), text("gen_ai.response.finish_reasons", #"["Stop"]"#),
    ].map { Convention(name: "a finish reason in capitals", attributes: [$0], meaning: Meaning(finish: "stop")) } + [
      Convention(
        name: "a finish reason in capitals, of an event", attributes: [text("gen_ai.operation.name", "chat")],
        meaning: Meaning(operation: "chat", finish: "max_tokens"),
        events: [Event(name: "gen_ai.choice", milliseconds: 1, attributes: [text("finish_reason", "MAX_TOKENS")])]),
      Convention(
        name: "a finish reason of an event alone", attributes: [], meaning: Meaning(finish: "end_turn"),
        events: [Event(name: "gen_ai.choice", milliseconds: 1, attributes: [text("finish_reason", "end_turn")])]),
    ]

  /// The same kinds with what is not plausible or not readable.
  static let shapes: [Convention] = [
    Convention(
      name: "a time that is longer than its span in every unit",
      attributes: [int("gen_ai.server.time_to_first_token", 3250), double("ai.response.msToFirstChunk", 10)],
      meaning: Meaning(), durationMilliseconds: 555),
    Convention(
      name: "a time as long as its span", attributes: [double("gen_ai.server.time_to_first_token", 1.0005)],
      meaning: Meaning(ttft: 1_000_500_000)),
    Convention(
      name: "milliseconds that are longer than their span", attributes: [int("ai.response.msToFirstChunk", 1500)],
      meaning: Meaning()),
    Convention(
      name: "a span without an end says nothing of units", attributes: [int("gen_ai.server.time_to_first_token", 325)],
      meaning: Meaning(ttft: 325_000_000_000), durationMilliseconds: 0),
    Convention(
      name: "moments outside the span",
      attributes: [text("langfuse.observation.completion_start_time", "2025-10-09T08:53:19Z")], meaning: Meaning(),
      events: [Event(name: "new_token", milliseconds: 100)]),
    Convention(
      name: "texts that are not JSON",
      attributes: [
        text("langfuse.observation.usage_details", "{\"input\":"), text("llm.invocation_parameters", "none"),
        text("langfuse.observation.completion_start_time", "soon"), text("mlflow.chat.tokenUsage", "{'input': it's}"),
      ],
      meaning: Meaning()),
    Convention(
      name: "counts of other types",
      attributes: [text("gen_ai.usage.raw", #"{"input":"7","output":-1,"cached_tokens":1.5,"reasoning_tokens":3.0}"#)],
      meaning: Meaning(reasoning: 3)),
    Convention(
      name: "the most tokens that a span may tell",
      attributes: [
        int("gen_ai.usage.input_tokens", 4_294_967_295), double("gen_ai.usage.completion_tokens", 4_294_967_295),
        text("gen_ai.usage.raw", #"{"cached_tokens":4294967295}"#),
      ],
      meaning: Meaning(input: 4_294_967_295, output: 4_294_967_295, cached: 4_294_967_295)),
    Convention(
      name: "counts that would make a sum wrap",
      attributes: [
        int("gen_ai.usage.input_tokens", .max), int("gen_ai.usage.output_tokens", 4_294_967_296),
        double("gen_ai.usage.cached_tokens", 1e18), text("gen_ai.usage.reasoning_tokens", "18446744073709551615"),
        text("gen_ai.usage.raw", #"{"prompt_tokens":4294967296,"cache_write":9223372036854775807}"#),
      ],
      meaning: Meaning()),
    Convention(
      name: "a count of an attribute goes before that of a JSON text, and a bad one leaves it",
      attributes: [
        int("gen_ai.usage.input_tokens", 5), text("gen_ai.usage.output_tokens", "many"),
        text("gen_ai.usage.raw", usage),
      ],
      meaning: Meaning(input: 5, output: 243, cached: 512, reasoning: 71)),
    Convention(
      name: "a kind that says nothing", attributes: [text("langfuse.observation.type", "span")], meaning: Meaning()),
    Convention(
      name: "an operation of its own word", attributes: [text("gen_ai.operation.name", "event")],
      meaning: Meaning(operation: "event")),
    Convention(
      name: "other words for operations", attributes: [text("gen_ai.operation.name", "AGENT")],
      meaning: Meaning(operation: "invoke_agent")),
    Convention(
      name: "an event's reason does not go before an attribute's",
      attributes: [text("gen_ai.response.finish_reasons", "stop")], meaning: Meaning(finish: "stop"),
      events: [Event(name: "gen_ai.choice", milliseconds: 1, attributes: [text("finish_reason", "length")])]),
  ]

  @Test(arguments: [
    ("tool", "execute_tool"), ("agent", "invoke_agent"), ("retriever", "retrieval"), ("embedding", "embeddings"),
    ("chain", "chain"), ("event", ""),
  ])
  func `Langfuse's types are operations`(word: String, operation: String) throws {
    let batch = try Self.batch([Self.text("langfuse.observation.type", word)])
    #expect(batch.rows.operation[0] == operation)
  }
}
