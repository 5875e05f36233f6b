/// The paths that programs ask for; what is below their first segments is never a page.
struct ProgramPaths: Sendable {
  private let segments: Set<Substring>

  /// - Parameter paths: those of protocols and of the API; the server's own are among them anyway.
  init(_ paths: [String]) {
    segments = Set((paths + ["/healthz", "/metrics", "/readyz"]).compactMap(Self.firstSegment))
  }

  func contain(_ path: String) -> Bool { Self.firstSegment(path).map(segments.contains) ?? false }

  private static func firstSegment(_ path: String) -> Substring? {
    path.split(separator: "/", maxSplits: 1).first
  }
}
