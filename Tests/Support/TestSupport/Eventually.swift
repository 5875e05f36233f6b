import Glibc
package import Testing

/// How long ``eventually(within:_:sourceLocation:)`` waits by default: far beyond what any machine needs, so that only a
/// condition that will never hold meets it.
package let eventuallyDefault = Duration.seconds(60)

/// Waits until a condition holds; another task or thread makes it so.
///
/// Records an issue at the caller's line, and goes on, when it does not within `limit`: what the test holds back is
/// then still let go, and nothing hangs.
///
/// - Returns: whether the condition holds.
@discardableResult
package func eventually(
  within limit: Duration = eventuallyDefault, sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) async rethrows -> Bool {
  let end = ContinuousClock.now + limit
  while try !condition() {
    guard ContinuousClock.now < end else { return recordTimeout(limit, sourceLocation) }
    await Task.yield()
  }
  return true
}

/// The same for code that runs on a thread.
@discardableResult
package func eventually(
  within limit: Duration = eventuallyDefault, sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) rethrows -> Bool {
  let end = ContinuousClock.now + limit
  while try !condition() {
    guard ContinuousClock.now < end else { return recordTimeout(limit, sourceLocation) }
    // A pause, not a yield: who is waited for may be one of more threads than there are cores.
    usleep(200)
  }
  return true
}

private func recordTimeout(_ limit: Duration, _ location: SourceLocation) -> Bool {
  Issue.record("the condition did not hold within \(limit)", sourceLocation: location)
  return false
}
