/// A span attribute that is stored in a typed column only, not in the map of attributes too.
///
/// The normaliser copies well-known attributes into typed columns. Where such an attribute is spelled exactly like the
/// key below, is the first of that key in its span, has the type below, is neither empty text nor a number below 0 or
/// above `SpanMeaning.tokenCountMax`, and the typed column holds its very value, then the map leaves it out and the row's
/// bit in the column `promoted` says so. Readers put it back, so a client gets every attribute as it was sent. On the
/// workload of docs/adr/0002 this takes a third of the bytes and of the CPU time off a stored span.
///
/// The raw value is the number of the bit; it is stored and MUST NOT change its meaning.
package enum PromotedAttribute: UInt8, Sendable, CaseIterable {
  case provider = 0
  case operation = 1
  case requestModel = 2
  case responseModel = 3
  case inputTokens = 4
  case outputTokens = 5
  case cachedTokens = 6
  case cacheCreationTokens = 7
  case reasoningTokens = 8
  case conversationID = 9
  case userID = 10
  case errorType = 11

  /// The attribute's key.
  package var key: String {
    switch self {
    case .provider: "gen_ai.provider.name"
    case .operation: "gen_ai.operation.name"
    case .requestModel: "gen_ai.request.model"
    case .responseModel: "gen_ai.response.model"
    case .inputTokens: "gen_ai.usage.input_tokens"
    case .outputTokens: "gen_ai.usage.output_tokens"
    case .cachedTokens: "gen_ai.usage.cache_read.input_tokens"
    case .cacheCreationTokens: "gen_ai.usage.cache_creation.input_tokens"
    case .reasoningTokens: "gen_ai.usage.reasoning.output_tokens"
    case .conversationID: "gen_ai.conversation.id"
    case .userID: "user.id"
    case .errorType: "error.type"
    }
  }

  /// The column of `spans` that holds the value.
  package var column: String {
    switch self {
    case .provider: "provider"
    case .operation: "operation"
    case .requestModel: "request_model"
    case .responseModel: "response_model"
    case .inputTokens: "input_tokens"
    case .outputTokens: "output_tokens"
    case .cachedTokens: "cached_tokens"
    case .cacheCreationTokens: "cache_creation_tokens"
    case .reasoningTokens: "reasoning_tokens"
    case .conversationID: "session_id"
    case .userID: "user_id"
    case .errorType: "error_type"
    }
  }

  /// Whether the value is an integer; text otherwise.
  package var isInteger: Bool {
    switch self {
    case .inputTokens, .outputTokens, .cachedTokens, .cacheCreationTokens, .reasoningTokens: true
    default: false
    }
  }

  /// The attribute's bit in the column `promoted`.
  package var mask: UInt32 { 1 << UInt32(rawValue) }

  /// The promoted attribute of a key, if it is one.
  package init?(key: String) {
    guard let match = Self.allCases.first(where: { $0.key == key }) else { return nil }
    self = match
  }
}
