import Commands
import JSON

/// The attributes, events and links of spans, below a tree.
enum SpanDetailText {
  static func write(_ spans: [SpanView], _ style: Style, _ context: CommandContext) {
    for span in spans.sorted(by: { ($0.start, $0.id) < ($1.start, $1.id) }) {
      context.print("\n\(style.bold(span.name)) \(style.dim("\(span.service) \(span.id)"))")
      write("attributes", span.value["attributes"], style, context)
      write("resource", span.value["resource"], style, context)
      for event in span.value["events"]?.array ?? [] {
        let time = event["time_unix_nano"]?.string.flatMap { Int64($0) } ?? span.start
        let name = TextWidth.visible(event["name"]?.string ?? "")
        write(
          "event \(name) at +\(NumberText.duration(time &- span.start))", event["attributes"], style, context,
          isAlways: true)
      }
      for link in span.value["links"]?.array ?? [] {
        let place = "\(link["trace_id"]?.string ?? "") \(link["span_id"]?.string ?? "")"
        write("link to \(place)", link["attributes"], style, context, isAlways: true)
      }
    }
  }

  private static func write(
    _ title: String, _ object: JSONValue?, _ style: Style, _ context: CommandContext, isAlways: Bool = false
  ) {
    let members = object?.members ?? []
    if members.isEmpty && !isAlways { return }
    context.print("  \(style.dim(title))")
    let width = min(40, members.map { TextWidth.of(TextWidth.visible($0.key)) }.max() ?? 0)
    for member in members {
      let text = member.value.string ?? String(decoding: member.value.encoded, as: UTF8.self)
      // A stack trace or a prompt keeps its lines, below each other.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { TextWidth.visible(String($0)) }
      context.print("    \(TextWidth.pad(TextWidth.visible(member.key), to: width))  \(lines[0])")
      let margin = String(repeating: " ", count: width + 6)
      for line in lines.dropFirst() { context.print(margin + line) }
    }
  }
}
