/// Counts of tokens in a JSON text, as the providers' own responses have them.
struct UsageCounts {
  enum Kind: Sendable {
    case input, output, cached, cacheCreation, reasoning
  }

  private var counts: [Kind: UInt64] = [:]

  subscript(kind: Kind) -> UInt64? {
    get { counts[kind] }
    set { counts[kind] = newValue }
  }
}

/// Reads JSON texts for the normaliser, which knows what they mean but no format.
package protocol JSONTexts: Sendable {
  /// The string that a text is, e.g. `m1` of `"m1"`; nil for any other text.
  func string(of text: UnsafeRawBufferPointer) -> String?

  /// Calls `visit` with every number and string of an object, in their order, and of the objects in it, whose name is then
  /// `container`. What comes before a mistake is visited.
  func visitMembers(
    of text: UnsafeRawBufferPointer, _ visit: (_ container: String?, _ key: String, _ value: JSONScalar) -> Void)
}

/// A member of a JSON object.
package enum JSONScalar: Sendable {
  /// A whole number of at least 0.
  case count(UInt64)
  case string(String)
}

/// What attributes mean whose value is a JSON text.
///
/// What is not as expected is ignored.
enum UsageText {
  private static let kinds: [String: UsageCounts.Kind] = [
    "input": .input, "input_tokens": .input, "prompt_tokens": .input, "inputTokens": .input, "promptTokens": .input,
    "output": .output, "output_tokens": .output, "completion_tokens": .output, "outputTokens": .output,
    "completionTokens": .output,
    "cache_read_input_tokens": .cached, "cached_tokens": .cached, "cache_read": .cached,
    "input_cached_tokens": .cached, "input_cache_read": .cached, "cachedInputTokens": .cached,
    "cache_read_tokens": .cached,
    "cache_creation_input_tokens": .cacheCreation, "cache_write_input_tokens": .cacheCreation,
    "cache_write_tokens": .cacheCreation, "cache_creation_tokens": .cacheCreation, "cache_creation": .cacheCreation,
    "cache_write": .cacheCreation, "input_cache_creation": .cacheCreation,
    "reasoning_tokens": .reasoning, "reasoning": .reasoning, "output_reasoning_tokens": .reasoning,
    "output_reasoning": .reasoning, "reasoningTokens": .reasoning, "thinking_tokens": .reasoning,
  ]

  /// Members whose own members are counts of a part of the tokens.
  private static let details: Set<String> = [
    "prompt_tokens_details", "input_tokens_details", "input_token_details", "completion_tokens_details",
    "output_tokens_details", "output_token_details",
  ]

  /// The counts of a text such as `{"prompt_tokens":7,"prompt_tokens_details":{"cached_tokens":2}}`.
  static func counts(of text: UnsafeRawBufferPointer, _ texts: any JSONTexts) -> UsageCounts {
    var counts = UsageCounts()
    unsafe texts.visitMembers(of: text) { container, key, value in
      guard case .count(let number) = value, number <= SpanSemantics.tokenCountMax, let kind = kinds[key],
        container.map(details.contains) ?? true
      else { return }
      // Of several names for a count the first that is there counts.
      if counts[kind] == nil { counts[kind] = number }
    }
    return counts
  }

  /// The model that the parameters of a call name, for example of `{"model":"m1","temperature":0}`.
  static func model(of text: UnsafeRawBufferPointer, _ texts: any JSONTexts) -> String? {
    var model: String?
    unsafe texts.visitMembers(of: text) { container, key, value in
      guard case .string(let name) = value, container == nil else { return }
      if model == nil, ["model", "model_name", "model_id", "modelId"].contains(key) { model = name }
    }
    return model
  }
}
