import Base
import Commands
import JSON

/// The parts of a span of the API that commands show.
struct SpanView {
  let id: String
  let parentID: String?
  let traceID: String
  let name: String
  let service: String
  let status: String
  let statusMessage: String
  let start: Int64
  let duration: Int64
  private let inference: JSONValue?
  /// Whether it says on which GPUs it ran.
  let namesGPUs: Bool
  /// What it took from GPUs, with the spans within it; nil where that is not known.
  var joules: Double?
  let value: JSONValue

  init(_ value: JSONValue) {
    self.value = value
    id = value["span_id"]?.string ?? ""
    parentID = value["parent_span_id"]?.string
    traceID = value["trace_id"]?.string ?? ""
    name = TextWidth.visible(value["name"]?.string ?? "")
    service = TextWidth.visible(value["service_name"]?.string ?? value["resource"]?["service.name"]?.string ?? "")
    status = value["status"]?["code"]?.string ?? "unset"
    statusMessage = TextWidth.visible(value["status"]?["message"]?.string ?? "")
    start = value["start_time_unix_nano"]?.string.flatMap { Int64($0) } ?? 0
    duration = value["duration_ns"].flatMap { SpanView.integer($0) } ?? 0
    inference = value["gen_ai"].flatMap { $0.isNull ? nil : $0 }
    namesGPUs = value["gpu"]?["resource_ids"]?.array?.isEmpty == false
  }

  var isError: Bool { status == "error" }

  /// The model that responded, else the requested one.
  var model: String {
    let names = ["response_model", "request_model"].compactMap { inference?[$0]?.string }
    return TextWidth.visible(names.first { !$0.isEmpty } ?? "")
  }

  /// The tokens of its input and output, as far as they are known.
  var tokens: String {
    NumberText.tokens(
      input: inference?["input_tokens"].flatMap(Self.integer),
      output: inference?["output_tokens"].flatMap(Self.integer))
  }

  /// The time to the first token, in nanoseconds.
  var firstToken: Int64? { inference?["time_to_first_token_ns"].flatMap(Self.integer) }

  /// What is worth showing beside the bar.
  func details(_ style: Style) -> [(plain: String, styled: String)] {
    var parts: [(String, String)] = []
    if !model.isEmpty { parts.append((model, style.cyan(model))) }
    if !tokens.isEmpty { parts.append(("\(tokens) tokens", "\(tokens) tokens")) }
    if let firstToken {
      let text = "ttft \(NumberText.duration(firstToken))"
      parts.append((text, text))
    }
    if let joules {
      let text = NumberText.energy(joules)
      parts.append((text, text))
    }
    if isError {
      let text = statusMessage.isEmpty ? "error" : "error: \(statusMessage)"
      parts.append((text, style.red(text)))
    }
    return parts
  }

  /// An integer that may be written as a string when it is large.
  static func integer(_ value: JSONValue) -> Int64? { value.int ?? value.string.flatMap { Int64($0) } }
}
