import JSON

/// What a server says is wrong with a parameter, in terms of the command line.
struct MistakeText {
  /// The mistake in a sentence; where its place in the text is known, with the line of the text and a mark under it.
  let text: String

  /// Reads one of the `errors` of a problem document; nil for anything else.
  init?(_ error: JSONValue, _ query: [(String, String)], _ arguments: ParsedArguments) {
    guard let parameter = error["parameter"]?.string, let detail = error["detail"]?.string else { return nil }
    let sentence = "\(Self.option(parameter, arguments)): \(TextWidth.visible(detail))"
    guard let line = error["line"]?.int.map(Int.init), let column = error["column"]?.int.map(Int.init),
      let sent = query.last(where: { $0.0 == parameter })?.1
    else {
      text = sentence
      return
    }
    text = "\(sentence) (line \(line), column \(column))" + PlaceMark.under(sent, line: line, column: column)
  }

  /// The option that a parameter comes from, else the name of the parameter.
  private static func option(_ parameter: String, _ arguments: ParsedArguments) -> String {
    let sources = arguments.options.filter { $0.parameter?.isNamed(parameter) == true }
    // Two options may stand for one parameter, as --since and --start do.
    let source = sources.first { arguments.has($0.name) } ?? sources.last
    return source?.name ?? arguments.options.first { $0.name == "--\(parameter)" }?.name ?? parameter
  }
}
