import BlockingHTTPClient
import Commands
import JSON

/// What a client sees of a running server: whether it responds, whether it can work, and what the key may do.
struct ServerChecks {
  private let client: APIClient
  private let hasKey: Bool
  /// How grave it is that the server requires a key and none is given.
  private let missingKey: Finding.Level

  init(_ arguments: ParsedArguments, _ context: CommandContext) throws(CommandFailure) {
    self.init(try APIClient(arguments, context), context, missingKey: .problem)
  }

  /// Checks a server on this machine that the user did not name.
  init(
    server: ServerURL, _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) {
    self.init(try APIClient(server: server, arguments, context), context, missingKey: .note)
  }

  private init(_ client: APIClient, _ context: CommandContext, missingKey: Finding.Level) {
    self.client = client
    self.missingKey = missingKey
    hasKey = context.environment["AXONIZE_API_KEY"].map { !$0.isEmpty } ?? false
  }

  func findings() -> [Finding] {
    let reached = reach()
    if reached.level == .problem { return [reached] }
    return [reached, readiness(), access()]
  }

  private func reach() -> Finding {
    switch response("/healthz") {
    case .failure(let error):
      return Finding(
        .problem, "address", "\(client.server) does not respond: \(error.reason)",
        remedy:
          "Look whether the server runs there, listens on this address (http, --http), and no firewall is between.")
    case .success((200, let body)) where (try? JSONValue(parsing: body))?["status"]?.string == "ok":
      return Finding(.fine, "address", "\(client.server) responds")
    case .success((let status, _)):
      return Finding(
        .problem, "address", "the server at \(client.server) is not Axonize (status \(status) for /healthz)",
        remedy: "Check host and port; the REST API has port 8080 by default.")
    }
  }

  private func readiness() -> Finding {
    switch response("/readyz") {
    case .failure(let error): return Finding(.problem, "readiness", "no response: \(error.reason)")
    case .success((200, let body)):
      let mistakes = Self.mistakes(body)
      guard !mistakes.isEmpty else { return Finding(.fine, "readiness", "it can store and query") }
      return Finding(
        .warning, "readiness", "it can store and query, but \(mistakes)",
        remedy: "Correct it; the server goes on as before until then.")
    case .success((let status, let body)):
      let text = TextWidth.visible(String(decoding: body.prefix(1000), as: UTF8.self))
      return Finding(
        .problem, "readiness", "status \(status): \(text)",
        remedy: "The server's log says more.")
    }
  }

  /// What a server that is ready says all the same: `metrics: axonize.yaml:8:12: …`.
  private static func mistakes(_ body: [UInt8]) -> String {
    let checks = (try? JSONValue(parsing: body))?["checks"]?.members ?? []
    return checks.compactMap { check in
      guard let text = check.value.string, text != "ok" else { return nil }
      return "\(TextWidth.visible(check.key)): \(TextWidth.visible(text))"
    }
    .joined(separator: "; ")
  }

  private func access() -> Finding {
    switch response("/api/v1/services") {
    case .failure(let error): return Finding(.problem, "access", "no response: \(error.reason)")
    case .success((200, _)):
      return Finding(.fine, "access", hasKey ? "the key may query" : "it may be queried without a key")
    case .success((401, _)):
      return Finding(
        hasKey ? .problem : missingKey, "access",
        hasKey ? "the key is unknown, revoked or expired" : "the server requires a key",
        remedy: "Make one on the server's machine with 'axonize keys create', and set AXONIZE_API_KEY to it.")
    case .success((403, _)):
      return Finding(
        .problem, "access", "the key may not query",
        remedy: "Make one that may on the server's machine: 'axonize keys create --permission query'.")
    case .success((let status, let body)):
      let detail = (try? JSONValue(parsing: body))?["detail"]?.string ?? ""
      return Finding(.problem, "access", "status \(status). \(TextWidth.visible(detail))")
    }
  }

  private func response(_ path: String) -> Result<(status: Int, body: [UInt8]), BlockingHTTPError> {
    do throws(BlockingHTTPError) { return .success(try client.fetch(path)) } catch { return .failure(error) }
  }
}
