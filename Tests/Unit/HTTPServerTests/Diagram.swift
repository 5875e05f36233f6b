import System
import Testing

/// A state diagram of docs/connections.md, as lines `a --> b`.
enum Diagram: String, CaseIterable {
  case life = "The life of a connection"
  case http1 = "An HTTP/1 connection"
  case http2 = "An HTTP/2 connection"
  case stream = "An HTTP/2 stream"

  private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(
    separator: "/")

  /// The lines of a file of the repository.
  static func lines(of path: String) throws -> [Substring] {
    String(decoding: try File.read("\(root)/\(path)"), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The name of a state, without what belongs to it.
  static func name<State>(of state: State) -> Substring { "\(state)".prefix { $0.isLetter } }

  func edges() throws -> Set<String> {
    let lines = try Self.lines(of: "docs/connections.md")
    let start = try #require(lines.firstIndex { $0 == "## \(rawValue)" })
    let section = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }
    return Set(
      section.filter { $0.contains(" --> ") && !$0.contains("[*]") }.map {
        $0.split(separator: " : ")[0].drop { $0 == " " }.description
      })
  }
}
