internal import Glibc
internal import Synchronization

/// Tells the operator what goes wrong, each kind once.
///
/// The SDK itself never throws into the program.
final class Warnings: Sendable {
  private let handler: (@Sendable (String) -> Void)?
  private let given = Mutex<Set<String>>([])
  /// Kinds are made of names in the program; their number is bounded.
  private static let kindsMax = 1000

  /// Warnings for a handler; nil writes lines to standard error.
  init(handler: (@Sendable (String) -> Void)?) { self.handler = handler }

  /// Gives a warning unless one of its kind was given.
  func once(_ kind: String, _ message: @autoclosure () -> String) {
    let isNew = given.withLock { $0.count < Self.kindsMax && $0.insert(kind).inserted }
    guard isNew else { return }
    let text = message()
    if let handler { return handler(text) }
    let line = Array("axonize: \(text)\n".utf8)
    // One write(2), so that lines of several threads do not mix; an error here has nowhere to be told.
    // SAFETY: the array lives while write(2) reads it.
    _ = unsafe line.withUnsafeBytes { bytes in unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
  }
}
