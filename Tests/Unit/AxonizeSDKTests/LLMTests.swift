import Axonize
import AxonizeTesting
import Testing

/// Tokens, usage, figures and metrics of LLM spans.
@Suite struct LLMTests {
  static let time = SpanRecorder.Clock.defaultTime
  static let latency = "axonize.llm.inter_token_latency."

  private func double(_ value: AttributeValue?) throws -> Double {
    guard case .double(let number)? = value else { throw Gone() }
    return number
  }

  private func isNear(_ value: Double, _ expected: Double, share: Double = 1e-9) -> Bool {
    abs(value - expected) <= expected * share
  }

  @Test func `tokens give the figures`() throws {
    try withSpanRecorder(time: Self.time) { recorder throws in
      withLLMSpan("chat m", model: "m", provider: "vllm") { span in
        recorder.clock.advance(by: .milliseconds(500))
        span.recordToken()
        for _ in 0..<100 {
          recorder.clock.advance(by: .milliseconds(10))
          span.recordToken()
        }
        span.setUsage(input: 7, cached: 3, cacheCreation: 2, reasoning: 1)
        recorder.clock.advance(by: .milliseconds(500))
      }
      let span = try recorder.one("chat m")
      #expect(span.kind == .client)
      var found = span.attributes
      for name in ["p50", "p95", "p99", "max"] {
        #expect(isNear(try double(found[Self.latency + name]), 0.01, share: 1.0 / 32))
        found[Self.latency + name] = nil
      }
      #expect(isNear(try double(found["gen_ai.server.time_per_output_token"]), 0.01))
      #expect(isNear(try double(found["axonize.llm.tokens_per_second"]), 101 / 1.5))
      found["gen_ai.server.time_per_output_token"] = nil
      found["axonize.llm.tokens_per_second"] = nil
      #expect(
        found == [
          "gen_ai.operation.name": "chat", "gen_ai.provider.name": "vllm", "gen_ai.request.model": "m",
          "gen_ai.usage.input_tokens": 7, "gen_ai.usage.cache_read.input_tokens": 3,
          "gen_ai.usage.cache_creation.input_tokens": 2, "gen_ai.usage.reasoning.output_tokens": 1,
          "gen_ai.usage.output_tokens": 101, "gen_ai.response.time_to_first_chunk": 0.5,
        ])
    }
  }

  @Test func `percentiles follow uneven times`() throws {
    try withSpanRecorder(time: Self.time) { recorder throws in
      withLLMSpan("chat") { span in
        for gap in Array(repeating: 1, count: 90) + Array(repeating: 50, count: 9) + [900] {
          span.recordToken()
          recorder.clock.advance(by: .milliseconds(gap))
        }
        span.recordToken()
      }
      let found = try recorder.one("chat").attributes
      for (name, expected) in [("p50", 0.001), ("p95", 0.05), ("p99", 0.05)] {
        #expect(isNear(try double(found[Self.latency + name]), expected, share: 1.0 / 32), "\(name)")
      }
      #expect(found[Self.latency + "max"] == 0.9)
    }
  }

  @Test func `the server's usage counts before what was recorded`() throws {
    try withSpanRecorder(time: Self.time) { recorder throws in
      withLLMSpan("chat") { span in
        span.recordToken(4)
        recorder.clock.advance(by: .seconds(1))
        span.recordToken(4)
        span.setUsage(input: 1, output: 11)
      }
      let found = try recorder.one("chat").attributes
      #expect(found["gen_ai.usage.output_tokens"] == 11)
      #expect(isNear(try double(found["gen_ai.server.time_per_output_token"]), 0.1))
      #expect(found["gen_ai.response.time_to_first_chunk"] == 0.0)
      #expect(isNear(try double(found["axonize.llm.tokens_per_second"]), 11))
    }
  }

  @Test func `one token has no time between tokens`() throws {
    try withSpanRecorder(time: Self.time) { recorder throws in
      withLLMSpan("chat") { span in
        recorder.clock.advance(by: .seconds(1))
        span.recordToken(0)
      }
      #expect(
        try recorder.one("chat").attributes == [
          "gen_ai.operation.name": "chat", "gen_ai.usage.output_tokens": 1,
          "gen_ai.response.time_to_first_chunk": 1.0, "axonize.llm.tokens_per_second": 1.0,
        ])
    }
  }

  @Test func `without tokens there are no figures, and negative counts are passed over`() throws {
    try withSpanRecorder { recorder throws in
      withLLMSpan("embed", kind: .internal) { span in span.setUsage(input: 5, output: -1) }
      let span = try recorder.one("embed")
      #expect(span.attributes == ["gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5])
      #expect(span.kind == .internal)
    }
  }

  @Test func `what was set by hand stays, and limits do not apply to the figures`() throws {
    var configuration = Axonize.Configuration()
    configuration.limits.attributes = 3
    try withSpanRecorder(configuration) { recorder throws in
      withLLMSpan("chat") { span in
        span.recordToken()
        span.setAttribute("gen_ai.response.time_to_first_chunk", 42.0)
        span.setAttribute("gen_ai.usage.output_tokens", 9)
        span.setAttribute("beyond", 1)
      }
      let span = try recorder.one("chat")
      #expect(span.attributes["gen_ai.response.time_to_first_chunk"] == 42.0)
      #expect(span.attributes["gen_ai.usage.output_tokens"] == 9)
      #expect(span.attributes["axonize.llm.tokens_per_second"] != nil)
      #expect(span.attributes["beyond"] == nil)
      #expect(span.droppedAttributes == 1)
    }
  }

  @Test func `the request and the response are written in OpenTelemetry's names`() throws {
    let request = LLMRequest(
      temperature: 0.5, topP: 0.9, topK: 40, maxTokens: 100, seed: 1, stopSequences: ["\n"], frequencyPenalty: 0.1,
      presencePenalty: 0.2, stream: true, conversationID: "c1", userID: "u1", serverAddress: "gpu-1", serverPort: 8000)
    try withSpanRecorder { recorder throws in
      withLLMSpan("chat m", model: "m", operation: "text_completion", request: request, attributes: ["own": 1]) {
        $0.setResponse(model: "m-1", id: "r1", finishReasons: ["stop"])
      }
      #expect(
        try recorder.one("chat m").attributes == [
          "gen_ai.operation.name": "text_completion", "gen_ai.request.model": "m", "gen_ai.request.temperature": 0.5,
          "gen_ai.request.top_p": 0.9, "gen_ai.request.top_k": 40, "gen_ai.request.max_tokens": 100,
          "gen_ai.request.seed": 1, "gen_ai.request.stop_sequences": ["\n"], "gen_ai.request.frequency_penalty": 0.1,
          "gen_ai.request.presence_penalty": 0.2, "gen_ai.request.stream": true, "gen_ai.conversation.id": "c1",
          "user.id": "u1", "server.address": "gpu-1", "server.port": 8000, "own": 1,
          "gen_ai.response.model": "m-1", "gen_ai.response.id": "r1", "gen_ai.response.finish_reasons": ["stop"],
        ])
    }
  }

  @Test func `tools, agents, retrievals and embeddings have their names`() throws {
    try withSpanRecorder { recorder throws in
      withSpan(.agent("planner", id: "a1", provider: "vllm")) { _ in
        withSpan(.tool("search", type: "function", callID: "call-1"), attributes: ["k": 1]) { _ in }
        withSpan(.retrieval("documents", query: "secret", dataSource: "kb", topK: 5)) { _ in }
        withEmbeddingSpan("embeddings e", model: "e", dimensions: 768) { $0.setUsage(input: 9) }
      }
      let agent = try recorder.one("planner")
      #expect(recorder.children(of: agent).count == 3)
      #expect(
        agent.attributes == [
          "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner", "gen_ai.agent.id": "a1",
          "gen_ai.provider.name": "vllm",
        ])
      #expect(
        try recorder.one("search").attributes == [
          "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search", "gen_ai.tool.type": "function",
          "gen_ai.tool.call.id": "call-1", "k": 1,
        ])
      // The query is content.
      #expect(
        try recorder.one("documents").attributes == [
          "gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "kb", "gen_ai.request.top_k": 5,
        ])
      #expect(
        try recorder.one("embeddings e").attributes == [
          "gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e",
          "gen_ai.embeddings.dimension.count": 768, "gen_ai.usage.input_tokens": 9,
        ])
    }
  }

  @Test func `elements of a stream are tokens`() async throws {
    try await withSpanRecorder { recorder async throws in
      let stream = AsyncStream<String> { continuation in
        for text in ["Hello", ",", " world", ""] { continuation.yield(text) }
        continuation.finish()
      }
      var read: [String] = []
      await withLLMSpan("chat") { span in
        for await token in stream.recordingTokens(on: span, count: { $0.isEmpty ? 0 : 1 }) { read.append(token) }
      }
      #expect(read == ["Hello", ",", " world", ""])
      #expect(try recorder.one("chat").attributes["gen_ai.usage.output_tokens"] == 3)
    }
  }

  @Test func `a stream's error leaves as it was, after the tokens that came`() async throws {
    try await withSpanRecorder { recorder async throws in
      let stream = AsyncThrowingStream<Int, any Error> { continuation in
        continuation.yield(1)
        continuation.finish(throwing: Gone())
      }
      await #expect(throws: Gone.self) {
        try await withLLMSpan("chat") { span in for try await _ in stream.recordingTokens(on: span) {} }
      }
      let span = try recorder.one("chat")
      #expect(span.attributes["gen_ai.usage.output_tokens"] == 1)
      #expect(span.attributes["error.type"] == "AxonizeSDKTests.Gone")
    }
  }

  @Test func `operations are counted in metrics, sampled or not, with their errors`() throws {
    for sampler in [Axonize.Sampler.alwaysOn, .alwaysOff] {
      try withSpanRecorder(SamplingTests.configuration(sampler), time: Self.time) { recorder throws in
        withLLMSpan("chat", model: "m", provider: "vllm") { span in
          recorder.clock.advance(by: .milliseconds(250))
          span.recordToken()
          recorder.clock.advance(by: .milliseconds(250))
          span.recordToken()
          span.setUsage(input: 12)
          span.setResponse(model: "m-1")
        }
        #expect(throws: Gone.self) { try withLLMSpan("chat", model: "m") { _ in throw Gone() } }
        let labels: Attributes = [
          "gen_ai.operation.name": "chat", "gen_ai.provider.name": "vllm", "gen_ai.request.model": "m",
          "gen_ai.response.model": "m-1",
        ]
        let series = recorder.llmSeries
        func one(_ name: String, _ attributes: Attributes) throws -> (Int, Double) {
          let found = series.filter { $0.name == name && $0.attributes == attributes }
          try #require(found.count == 1, "\(name) \(attributes)")
          return (found[0].count, found[0].sum)
        }
        #expect(try one("gen_ai.client.operation.duration", labels) == (1, 0.5))
        #expect(
          try one("gen_ai.client.token.usage", labels.merging(["gen_ai.token.type": "input"])) == (1, 12))
        #expect(
          try one("gen_ai.client.token.usage", labels.merging(["gen_ai.token.type": "output"])) == (1, 2))
        #expect(try one("gen_ai.server.time_to_first_token", labels) == (1, 0.25))
        #expect(try one("gen_ai.server.time_per_output_token", labels) == (1, 0.25))
        #expect(
          try one(
            "gen_ai.client.operation.duration",
            [
              "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "error.type": "AxonizeSDKTests.Gone",
            ]) == (1, 0))
      }
    }
  }
}
