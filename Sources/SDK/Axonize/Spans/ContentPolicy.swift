/// What is captured of prompts, completions, inputs and outputs: nothing, unless the configuration says so.
struct ContentPolicy: Sendable {
  var isCaptured: Bool
  /// Code points of a text.
  var lengthMax: Int
  var redact: (@Sendable (Axonize.ContentKind, String) -> String?)?

  static let nothing = ContentPolicy(isCaptured: false, lengthMax: 16384, redact: nil)

  /// A text as it may be recorded: redacted, then cut; nil: not at all.
  func text(_ kind: Axonize.ContentKind, _ text: String) -> String? {
    guard isCaptured else { return nil }
    var kept = text
    if let redact {
      guard let redacted = redact(kind, text) else { return nil }
      kept = redacted
    }
    return String(kept.cut(characters: lengthMax, bytes: .max))
  }
}

/// A message of a conversation with a model.
public struct LLMMessage: Sendable, Hashable {
  /// "user", "assistant", "system" or "tool".
  public var role: String
  /// The text.
  public var content: String
  /// Of a message with the role "tool": the call that it answers.
  public var toolCallID: String?

  /// A message.
  public init(role: String, content: String, toolCallID: String? = nil) {
    self.role = role
    self.content = content
    self.toolCallID = toolCallID
  }
}

extension Span {
  /// Records what the work was given, `input.value`, if content is captured.
  public final func setInput(_ text: @autoclosure () -> String) { setContent("input.value", .input, text) }

  /// Records what the work returned, `output.value`, if content is captured.
  public final func setOutput(_ text: @autoclosure () -> String) { setContent("output.value", .output, text) }

  private func setContent(_ key: String, _ kind: Axonize.ContentKind, _ text: () -> String) {
    guard let content = capturedContent, let text = content.text(kind, text()) else { return }
    setAttribute(key, text)
  }

  /// The policy, where the span is recorded and content is captured.
  final var capturedContent: ContentPolicy? {
    guard isRecording else { return nil }
    let content = Recording.of(core).content
    return content.isCaptured ? content : nil
  }
}

extension LLMSpan {
  /// Records the prompt, if content is captured.
  ///
  /// - Parameters:
  ///   - text: What the user said, `gen_ai.input.messages`.
  ///   - system: The system's instructions, `gen_ai.system_instructions`.
  public func setPrompt(_ text: @autoclosure () -> String, system: @autoclosure () -> String? = nil) {
    guard capturedContent != nil else { return }
    setPrompt([LLMMessage(role: "user", content: text())], system: system())
  }

  /// Records the prompt, if content is captured; 256 messages at most.
  public func setPrompt(_ messages: [LLMMessage], system: String? = nil) {
    guard let content = capturedContent else { return }
    if let json = MessagesJSON.messages(messages, .prompt, content) { setAttribute("gen_ai.input.messages", json) }
    if let system, let text = content.text(.system, system) {
      setAttribute("gen_ai.system_instructions", "[\(MessagesJSON.textPart(text))]")
    }
  }

  /// Records the completion, `gen_ai.output.messages`, if content is captured; the reason of its end in any case.
  public func setCompletion(_ text: @autoclosure () -> String, finishReason: String? = nil) {
    if let finishReason { setAttribute("gen_ai.response.finish_reasons", [finishReason]) }
    guard let content = capturedContent else { return }
    let message = LLMMessage(role: "assistant", content: text())
    if let json = MessagesJSON.messages([message], .completion, content, finishReason: finishReason) {
      setAttribute("gen_ai.output.messages", json)
    }
  }
}

/// Messages in the parts schema of OpenTelemetry's GenAI conventions, as JSON.
enum MessagesJSON {
  static let countMax = 256

  /// An array of messages; nil when nothing of them may be recorded.
  static func messages(
    _ messages: [LLMMessage], _ kind: Axonize.ContentKind, _ content: ContentPolicy, finishReason: String? = nil
  ) -> String? {
    let written = messages.prefix(countMax).compactMap { message -> String? in
      guard let text = content.text(kind, message.content) else { return nil }
      let part: String
      if message.role == "tool" {
        part =
          #"{"type": "tool_call_response", "id": \#(string(message.toolCallID ?? "")), "response": \#(string(text))}"#
      } else {
        part = textPart(text)
      }
      let reason = finishReason.map { #", "finish_reason": \#(string($0))"# } ?? ""
      return #"{"role": \#(string(message.role)), "parts": [\#(part)]\#(reason)}"#
    }
    return written.isEmpty ? nil : "[\(written.joined(separator: ", "))]"
  }

  static func textPart(_ text: String) -> String { #"{"type": "text", "content": \#(string(text))}"# }

  /// A string of JSON (RFC 8259, 7).
  static func string(_ text: String) -> String {
    var written = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": written += "\\\""
      case "\\": written += "\\\\"
      case "\n": written += "\\n"
      case "\r": written += "\\r"
      case "\t": written += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        written += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: written.unicodeScalars.append(scalar)
      }
    }
    return written + "\""
  }
}
