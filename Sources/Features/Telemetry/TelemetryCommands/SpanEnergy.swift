import Base
import Commands
import JSON

/// What spans of a trace took from GPUs.
enum SpanEnergy {
  /// Joules by the id of the span, of all GPUs that it ran on; none of spans whose energy is not known.
  ///
  /// A trace is shown without them where they cannot be read.
  static func joules(_ id: TraceID, _ client: APIClient, _ context: CommandContext) -> [String: Double] {
    let uses: [JSONValue]
    do throws(CommandFailure) {
      uses = try client.get("/traces/\(id)/gpu", [("points", "1")]).value["data"]?["spans"]?.array ?? []
    } catch {
      // A server of an earlier version does not know of it.
      if error.code != .notFound { context.writeError("warning: energy is not shown. \(error.message)\n") }
      return [:]
    }
    var joules: [String: Double] = [:]
    for use in uses {
      guard let span = use["span_id"]?.string, let energy = use["use"]?["energy"]?["joules"]?.double else { continue }
      joules[span, default: 0] += energy
    }
    return joules
  }
}
