import BlockingHTTPClient
import HTTPTypes

/// Warns of responses without rows that the server has acknowledged and cannot store at present: once, also for a list of
/// many pages.
final class IncompleteWarning {
  /// The field that marks such a response; docs/operations.md.
  private static let field = "x-axonize-incomplete"

  private let context: CommandContext
  private var isGiven = false

  init(_ context: CommandContext) { self.context = context }

  func check(_ head: BlockingHTTPResponseHead) {
    guard !isGiven, head.fields[Self.field] == "true" else { return }
    isGiven = true
    context.writeError("warning: the store is not working; what was accepted recently may be missing.\n")
  }
}
