import Axonize
import AxonizeTesting
import Testing

@testable import chat

@Test func `an answer counts its tokens`() async throws {
  try await withSpanRecorder { recorder async throws in
    #expect(try await answer("Why?") == "Forty-two, probably.")
    let span = try recorder.one("chat llama-3.1-8b")
    #expect(span.attributes["gen_ai.usage.output_tokens"] == 5)
    #expect(span.attributes["gen_ai.usage.input_tokens"] == 201)
  }
}
