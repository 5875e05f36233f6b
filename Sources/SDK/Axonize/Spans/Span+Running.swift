extension Span {
  /// Runs `body` with the span as the current one, then ends the span; an error that leaves is recorded and goes on.
  func running<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let outcome = Span.$active.withValue(self) { () -> Swift.Result<Result, Failure> in
      do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
    }
    return try finished(outcome)
  }

  /// As the other one, on the actor of the caller.
  func running<Result, Failure: Error>(
    isolation: isolated (any Actor)?, _ body: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let outcome = await Span.$active.withValue(
      self,
      operation: { () async -> Swift.Result<Result, Failure> in
        do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
      }, isolation: isolation)
    return try finished(outcome)
  }

  private func finished<Result, Failure>(_ outcome: Swift.Result<Result, Failure>) throws(Failure) -> Result {
    if case .failure(let error) = outcome { recordLeaving(error) }
    end()
    return try outcome.get()
  }
}
