import Commands
import JSON

/// Prometheus' API as commands use it: notes of a response go to standard error, and its errors name the command line.
struct PrometheusClient {
  let client: APIClient
  private let context: CommandContext

  init(_ arguments: ParsedArguments, _ context: CommandContext) throws(CommandFailure) {
    client = try APIClient(arguments, context)
    self.context = context
  }

  func get(_ path: String, _ query: [(String, String)]) throws(CommandFailure) -> APIResponse {
    let response = try client.get(path, query, otherText: { PrometheusErrorText.text(of: $0, sent: query) })
    for (member, kind) in [("warnings", "warning"), ("infos", "info")] {
      for text in response.value[member]?.array?.compactMap(\.string) ?? [] {
        let lead = "PromQL \(kind): "
        let note = text.hasPrefix(lead) ? String(text.dropFirst(lead.count)) : text
        context.writeError("\(kind): \(TextWidth.visible(note))\n")
      }
    }
    return response
  }
}

/// What an error of Prometheus' API says, in terms of the command line.
enum PrometheusErrorText {
  private static let parameterLead = "invalid parameter \""
  private static let parseLead = " parse error: "
  /// What PromQL says of `http.requests`, as OpenTelemetry has names.
  private static let dotMessage = "unexpected character: '.'"
  private static let dotHint =
    "Metrics of OpenTelemetry have '_' in the place of '.'; 'axonize metrics list' shows the names. One with dots is "
    + "written {\"a.b\"}."

  /// The message; where it names a place in a text that was sent, with the line of the text and a mark under it.
  ///
  /// - Returns: nil for a body that is not an error of Prometheus' API.
  static func text(of body: JSONValue, sent: [(String, String)]) -> String? {
    guard body["status"]?.string == "error", let error = body["error"]?.string else { return nil }
    guard let (parameter, rest) = parameter(error) else {
      // Prometheus' words name a parameter of its API.
      return TextWidth.visible(error) + (error.hasSuffix("(?step=XX)") ? "\nGive a longer --step." : "")
    }
    let subject =
      switch parameter {
      case "query": "The query"
      case "match[]": "The selector"
      default: "--\(parameter)"
      }
    let parts = rest.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let line = Int(parts[0]), let column = Int(parts[1]), parts[2].hasPrefix(parseLead) else {
      return "\(subject): \(TextWidth.visible(String(rest)))"
    }
    let message = TextWidth.visible(String(parts[2].dropFirst(parseLead.count)))
    let hint = message == dotMessage ? "\n\(dotHint)" : ""
    // Of several selectors the message does not say which one it means.
    let texts = sent.filter { $0.0 == parameter }.map(\.1)
    let mark = texts.count == 1 ? PlaceMark.under(texts[0], line: line, column: column) : ""
    return "\(subject): \(message) (line \(line), column \(column))\(mark)\(hint)"
  }

  private static func parameter(_ error: String) -> (name: String, rest: Substring)? {
    guard error.hasPrefix(parameterLead) else { return nil }
    let name = error.dropFirst(parameterLead.count).prefix { $0 != "\"" }
    let rest = error.dropFirst(parameterLead.count + name.count)
    return rest.hasPrefix("\": ") ? (String(name), rest.dropFirst(3)) : nil
  }
}
