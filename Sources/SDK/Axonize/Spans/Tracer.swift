internal import Synchronization

/// Makes spans of one named scope, such as a library (OpenTelemetry's InstrumentationScope).
///
/// Best kept in a constant: `let tracer = Tracer("my.library", version: "1.0")`. May be made before the SDK is started.
public final class Tracer: Sendable {
  /// The name of the library or module whose work the spans tell of.
  public let name: String
  /// The version of the library or module; empty for none.
  public let version: String
  private let schemaURL: String
  private let attributes: Attributes
  /// The core that the scope was registered with last and its number there: the address, which ends in six zero bits,
  /// in the upper 48 bits, the number in the lower 16.
  ///
  /// 0: none yet.
  private let registered = Atomic<UInt64>(0)
  private let isDefault: Bool

  /// The tracer of the program's own spans, scope "axonize".
  public static let `default` = Tracer(name: "axonize", version: axonizeVersion, isDefault: true)

  /// A tracer of a scope.
  ///
  /// - Parameters:
  ///   - name: The library or module whose work the spans tell of.
  ///   - version: Its version.
  ///   - schemaURL: URL of the conventions that the spans keep to.
  ///   - attributes: Attributes of the scope.
  public init(_ name: String, version: String = "", schemaURL: String = "", attributes: Attributes = [:]) {
    self.name = name
    self.version = version
    self.schemaURL = schemaURL
    self.attributes = attributes
    isDefault = false
  }

  private init(name: String, version: String, isDefault: Bool) {
    self.name = name
    self.version = version
    schemaURL = ""
    attributes = [:]
    self.isDefault = isDefault
  }

  /// The number of the scope in a core.
  private func scope(in core: CoreHandle) -> UInt32 {
    if isDefault { return 0 }
    let address = (UInt64(core.bitPattern) >> 6) << 16
    let known = registered.load(ordering: .relaxed)
    if known & ~0xffff == address { return UInt32(known & 0xffff) }
    var encoder = ValueEncoder(limits: .unlimited)
    let number = core.registerScope(
      name: name, version: version, schemaURL: schemaURL,
      attributes: encoder.attributes(attributes, field: 3, countMax: 128))
    registered.store(address | UInt64(number), ordering: .relaxed)
    return number
  }

  /// Starts a span that is not current; whoever calls this ends it.
  ///
  /// - Parameters:
  ///   - name: What is done; few different ones, with what varies in attributes.
  ///   - kind: The span's relation to others.
  ///   - attributes: What is known at the start.
  ///   - links: Other spans that this one refers to.
  ///   - parent: Where the span belongs.
  ///   - startTime: When the work began; nil: now.
  public func startSpan(
    _ name: String, kind: SpanKind = .internal, attributes: Attributes = [:], links: [SpanLink] = [],
    parent: SpanParent = .current, startTime: Timestamp? = nil
  ) -> Span {
    let place = Place(parent)
    return Span(
      place: place, scope: scope(in: place.core), name: name, kind: kind, attributes: attributes, links: links,
      startTime: startTime, hasTokens: false)
  }

  /// Starts a span of a model's generation that is not current; whoever calls this ends it.
  ///
  /// Names are those of OpenTelemetry's GenAI conventions; what is nil is not recorded.
  ///
  /// - Parameters:
  ///   - name: The conventions ask for "{operation} {model}".
  ///   - model: `gen_ai.request.model`.
  ///   - provider: `gen_ai.provider.name`, such as "vllm" or "openai".
  ///   - operation: `gen_ai.operation.name`: "chat", "text_completion", "generate_content", ...
  ///   - request: What else was asked of the model.
  ///   - kind: `internal` where the model runs in this process.
  ///   - attributes: Further attributes.
  ///   - links: Other spans that this one refers to.
  ///   - parent: Where the span belongs.
  ///   - startTime: When the work began; nil: now.
  public func startLLMSpan(
    _ name: String, model: String? = nil, provider: String? = nil, operation: String = "chat",
    request: LLMRequest = LLMRequest(), kind: SpanKind = .client, attributes: Attributes = [:],
    links: [SpanLink] = [], parent: SpanParent = .current, startTime: Timestamp? = nil
  ) -> LLMSpan {
    let place = Place(parent)
    var given = Attributes()
    given.add("gen_ai.operation.name", operation)
    given.add("gen_ai.provider.name", provider)
    given.add("gen_ai.request.model", model)
    request.add(to: &given)
    return LLMSpan(
      place: place, scope: scope(in: place.core), name: name, kind: kind,
      attributes: attributes.isEmpty ? given : given.merging(attributes), links: links, startTime: startTime,
      labels: LLMLabels(
        operation: operation, provider: provider, requestModel: model, serverAddress: request.serverAddress,
        serverPort: request.serverPort))
  }
}

/// Where a new span belongs: the core that it is recorded into and its parent.
struct Place {
  let core: CoreHandle
  let isBound: Bool
  let parent: SpanContext?

  /// - Parameter parent: As the program says.
  init(_ parent: SpanParent) {
    let active = Span.active
    if let active, active.isBound {
      (core, isBound) = (active.core, true)
    } else {
      (core, isBound) = (Recording.presentCore, false)
    }
    switch parent {
    case .current: self.parent = active.flatMap { $0.role == .boundary ? nil : $0.context }
    case .none: self.parent = nil
    case .context(let context): self.parent = context
    }
  }
}

/// What is asked of a model; nil: not recorded.
public struct LLMRequest: Sendable, Hashable {
  /// `gen_ai.request.temperature`.
  public var temperature: Double?
  /// `gen_ai.request.top_p`.
  public var topP: Double?
  /// `gen_ai.request.top_k`.
  public var topK: Int?
  /// `gen_ai.request.max_tokens`.
  public var maxTokens: Int?
  /// `gen_ai.request.seed`.
  public var seed: Int?
  /// `gen_ai.request.stop_sequences`.
  public var stopSequences: [String]?
  /// `gen_ai.request.frequency_penalty`.
  public var frequencyPenalty: Double?
  /// `gen_ai.request.presence_penalty`.
  public var presencePenalty: Double?
  /// `gen_ai.request.stream`: whether the answer was asked for as a stream.
  public var stream: Bool?
  /// `gen_ai.conversation.id`.
  public var conversationID: String?
  /// `user.id`.
  public var userID: String?
  /// `server.address`: the host of the model's server.
  public var serverAddress: String?
  /// `server.port`.
  public var serverPort: Int?

  /// What is asked of a model; the properties tell the attributes.
  public init(
    temperature: Double? = nil, topP: Double? = nil, topK: Int? = nil, maxTokens: Int? = nil, seed: Int? = nil,
    stopSequences: [String]? = nil, frequencyPenalty: Double? = nil, presencePenalty: Double? = nil,
    stream: Bool? = nil, conversationID: String? = nil, userID: String? = nil, serverAddress: String? = nil,
    serverPort: Int? = nil
  ) {
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.maxTokens = maxTokens
    self.seed = seed
    self.stopSequences = stopSequences
    self.frequencyPenalty = frequencyPenalty
    self.presencePenalty = presencePenalty
    self.stream = stream
    self.conversationID = conversationID
    self.userID = userID
    self.serverAddress = serverAddress
    self.serverPort = serverPort
  }

  func add(to attributes: inout Attributes) {
    attributes.add("gen_ai.request.temperature", temperature)
    attributes.add("gen_ai.request.top_p", topP)
    attributes.add("gen_ai.request.top_k", topK)
    attributes.add("gen_ai.request.max_tokens", maxTokens)
    attributes.add("gen_ai.request.seed", seed)
    attributes.add("gen_ai.request.stop_sequences", stopSequences)
    attributes.add("gen_ai.request.frequency_penalty", frequencyPenalty)
    attributes.add("gen_ai.request.presence_penalty", presencePenalty)
    attributes.add("gen_ai.request.stream", stream)
    attributes.add("gen_ai.conversation.id", conversationID)
    attributes.add("user.id", userID)
    attributes.add("server.address", serverAddress)
    attributes.add("server.port", serverPort)
  }
}
