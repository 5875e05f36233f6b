import Axonize
import AxonizeTesting
import Testing

/// What is captured of prompts and completions, and what is not.
@Suite struct ContentTests {
  private static let secret = "4111"

  private func record(in recorder: SpanRecorder) {
    withLLMSpan("chat") { span in
      span.setPrompt("question \(Self.secret)", system: "be kind")
      span.setCompletion("answer", finishReason: "stop")
      span.setInput("in")
      span.setOutput("out")
    }
    withSpan(.retrieval("r", query: "what is \(Self.secret)")) { _ in }
  }

  @Test func `nothing is captured unless it was asked for`() throws {
    try withSpanRecorder { recorder throws in
      record(in: recorder)
      #expect(
        try recorder.one("chat").attributes
          == ["gen_ai.operation.name": "chat", "gen_ai.response.finish_reasons": ["stop"]])
      #expect(try recorder.one("r").attributes == ["gen_ai.operation.name": "retrieval"])
    }
  }

  @Test func `what is captured has OpenTelemetry's form`() throws {
    var configuration = Axonize.Configuration()
    configuration.captureContent = true
    try withSpanRecorder(configuration) { recorder throws in
      record(in: recorder)
      #expect(
        try recorder.one("chat").attributes == [
          "gen_ai.operation.name": "chat",
          "gen_ai.input.messages":
            #"[{"role": "user", "parts": [{"type": "text", "content": "question 4111"}]}]"#,
          "gen_ai.system_instructions": #"[{"type": "text", "content": "be kind"}]"#,
          "gen_ai.response.finish_reasons": ["stop"],
          "gen_ai.output.messages":
            #"[{"role": "assistant", "parts": [{"type": "text", "content": "answer"}], "finish_reason": "stop"}]"#,
          "input.value": "in", "output.value": "out",
        ])
      #expect(try recorder.one("r").attributes["gen_ai.retrieval.query.text"] == "what is 4111")
    }
  }

  @Test func `texts are redacted, then cut, and characters of JSON are escaped`() throws {
    var configuration = Axonize.Configuration()
    configuration.captureContent = true
    configuration.contentLengthMax = 9
    configuration.redact = { kind, text in
      kind == .system ? nil : String(text.map { $0.isNumber ? "*" : $0 })
    }
    try withSpanRecorder(configuration) { recorder throws in
      withLLMSpan("chat") { span in
        span.setPrompt(
          [
            LLMMessage(role: "user", content: "\"\\\n\u{1}12345 cut off"),
            LLMMessage(role: "tool", content: "ok", toolCallID: "c1"),
          ], system: "hidden")
      }
      let found = try recorder.one("chat").attributes
      #expect(
        found["gen_ai.input.messages"]
          == .string(
            #"[{"role": "user", "parts": [{"type": "text", "content": "\"\\\n\u0001*****"}]}, "#
              + #"{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "ok"}]}]"#))
      #expect(found["gen_ai.system_instructions"] == nil)
    }
  }
}
