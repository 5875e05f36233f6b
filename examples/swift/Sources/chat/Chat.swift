import Axonize

/// One made-up chat request, traced.
@main
struct Chat {
  static func main() async throws {
    // Endpoint, key and more come from the environment: AXONIZE_ENDPOINT, AXONIZE_API_KEY, or OpenTelemetry's names.
    Axonize.start(.init(serviceName: "chat-example"))

    let trace = try await withSpan("POST /v1/chat/completions", kind: .server) { span in
      span.setAttribute("user.id", "user-42")
      print(try await answer("What is the answer to everything?"))
      return span.traceID
    }

    // A program that ends is not waited for longer than five seconds; this one wants to know.
    let isSent = Axonize.flush(timeout: .seconds(5))
    print("trace \(trace)\(isSent ? "" : " (not sent)")\nshow it with: axonize trace \(trace)")
  }
}

/// Looks something up and asks the model.
func answer(_ question: String) async throws -> String {
  let documents = try await withSpan(.retrieval("retrieve", dataSource: "handbook", topK: 2)) { span in
    try await Task.sleep(for: .milliseconds(12))
    span.setAttribute("documents", ["handbook", "faq"])
    return 2
  }
  return await withLLMSpan("chat llama-3.1-8b", model: "llama-3.1-8b", provider: "vllm") { span in
    span.setGPUs("cuda:0")
    span.setPrompt(question)
    var text = ""
    for await token in generate().recordingTokens(on: span) { text += token }
    span.setUsage(input: question.split(separator: " ").count + documents * 100)
    span.setResponse(model: "llama-3.1-8b-instruct", finishReasons: ["stop"])
    span.setCompletion(text)
    return text
  }
}

/// Stands for a model that streams.
func generate() -> AsyncStream<String> {
  AsyncStream { continuation in
    Task {
      for token in ["Forty", "-two", ", ", "probably", "."] {
        do { try await Task.sleep(for: .milliseconds(8)) } catch { break }
        continuation.yield(token)
      }
      continuation.finish()
    }
  }
}
