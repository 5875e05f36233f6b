import Telemetry

extension PromotedAttribute {
  static let requestModel = named("gen_ai.request.model")
  static let inputTokens = named("gen_ai.usage.input_tokens")
  static let outputTokens = named("gen_ai.usage.output_tokens")
  static let cachedTokens = named("gen_ai.usage.cache_read.input_tokens")
  static let conversationID = named("gen_ai.conversation.id")
  static let userID = named("user.id")
  static let errorType = named("error.type")

  private static func named(_ key: String) -> PromotedAttribute {
    guard let attribute = PromotedAttribute(key: key) else { preconditionFailure("\(key) is not promoted") }
    return attribute
  }
}
