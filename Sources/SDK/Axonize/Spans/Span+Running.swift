// What is generic here is compiled into its callers: looking up types at run-time would cost more than the span.

extension Span {
  /// Runs `body` with the span as the current one, then ends the span; an error that leaves is recorded and goes on.
  @inlinable
  final func running<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    var outcome: Swift.Result<Result, Failure>?
    asCurrent {
      do throws(Failure) { outcome = .success(try body()) } catch {
        recordLeaving(error)
        outcome = .failure(error)
      }
    }
    end()
    return try outcome.value()
  }

  /// As the other one, on the actor of the caller.
  @inlinable
  final func running<Result, Failure: Error>(
    isolation: isolated (any Actor)?, _ body: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    var outcome: Swift.Result<Result, Failure>?
    await asCurrent(isolation: isolation) {
      do throws(Failure) { outcome = .success(try await body()) } catch {
        recordLeaving(error)
        outcome = .failure(error)
      }
    }
    end()
    return try outcome.value()
  }

  @usableFromInline
  final func asCurrent(_ body: () -> Void) { Span.$active.withValue(self, operation: body) }

  @usableFromInline
  final func asCurrent(isolation: isolated (any Actor)?, _ body: () async -> Void) async {
    await Span.$active.withValue(self, operation: body, isolation: isolation)
  }
}

extension Optional {
  /// What an operation that has run came to.
  @inlinable
  func value<Success, Failure>() throws(Failure) -> Success where Wrapped == Result<Success, Failure> {
    switch self {
    case .success(let value)?: return value
    case .failure(let error)?: throw error
    case nil: preconditionFailure("the operation has not run")
    }
  }
}
