extension AsyncSequence {
  /// The same elements, each of which is noted as a token of a span when it arrives.
  ///
  ///     for try await token in stream.recordingTokens(on: span) { send(token) }
  ///
  /// - Parameters:
  ///   - span: The span of the generation.
  ///   - count: How many tokens an element holds; 0 for elements that are none, such as the last one with the usage.
  public func recordingTokens(
    on span: LLMSpan, count: @escaping @Sendable (Element) -> Int = { _ in 1 }
  ) -> TokenRecordingSequence<Self> {
    TokenRecordingSequence(base: self, span: span, count: count)
  }
}

/// A sequence whose elements are noted as tokens of a span; made by `recordingTokens(on:count:)`.
public struct TokenRecordingSequence<Base: AsyncSequence>: AsyncSequence {
  /// An element of the sequence itself.
  public typealias Element = Base.Element
  /// What the sequence throws.
  public typealias Failure = Base.Failure

  let base: Base
  let span: LLMSpan
  let count: @Sendable (Base.Element) -> Int

  /// Begins to read the sequence.
  public func makeAsyncIterator() -> Iterator {
    Iterator(base: base.makeAsyncIterator(), span: span, count: count)
  }

  /// Reads the sequence and notes what comes.
  public struct Iterator: AsyncIteratorProtocol {
    var base: Base.AsyncIterator
    let span: LLMSpan
    let count: @Sendable (Base.Element) -> Int

    /// The next element, noted as a token.
    public mutating func next() async throws -> Base.Element? {
      try await next(isolation: #isolation)
    }

    /// The next element, noted as a token, on the actor of the caller.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(Base.Failure) -> Base.Element? {
      guard let element = try await base.next(isolation: actor) else { return nil }
      note(element)
      return element
    }

    private func note(_ element: Base.Element) {
      let tokens = count(element)
      if tokens > 0 { span.recordToken(tokens) }
    }
  }
}

extension TokenRecordingSequence: Sendable where Base: Sendable {}
