import Commands
import HTTPTypes
import JSON

/// `gpus burst`: has a machine read its GPUs ten times a second for a while.
enum BurstCommand {
  private static let node = OperandDefinition(name: "node", meaning: "A machine that 'axonize nodes' shows.")
  private static let secondsMax: Int64 = 60
  private static let seconds = OptionDefinition(
    name: "--seconds", value: "N", meaning: "How long, from 1 to \(secondsMax). Default: 30.",
    check: { text in
      guard let seconds = Int64(text), (1...secondsMax).contains(seconds) else {
        return "a whole number from 1 to \(secondsMax)"
      }
      return nil
    })

  static let definition = CommandDefinition(
    path: ["gpus", "burst"], summary: "Have a machine read its GPUs ten times a second for a while.",
    discussion:
      "The server's own machine begins at once, others when they report next, within 5 s. Reading so often costs the "
      + "work on the GPUs some percent of its speed, so that a machine has at most ten minutes of it in an hour "
      + "(fleet.burst_hourly_max). The key needs the permission 'edit'.",
    operands: [node], options: [seconds, ClientOptions.idempotencyKey] + ClientOptions.connection,
    examples: [
      .init(command: "axonize gpus burst gpu1 --seconds 20", meaning: "Twenty seconds of finer values.")
    ],
    run: { arguments, context in
      let client = try APIClient(arguments, context)
      let seconds = arguments["--seconds"].flatMap { Int64($0) }
      let body = JSONValue.object(seconds.map { [.init("seconds", .number(.int($0)))] } ?? [])
      let response = try client.change(
        .post, "/nodes/\(PercentEncoding.encode(arguments.operands[0]))/burst", body: body.encoded,
        hints: ["not_found": "'axonize nodes' lists them."])
      if arguments.has("--json") {
        context.print(String(decoding: response.value.encoded, as: UTF8.self))
        return .success
      }
      let data = response.value["data"]
      let until = "\((data?["until"]?.string ?? "").prefix(19)) UTC"
      let name = TextWidth.visible(data?["node"]?.string ?? "")
      context.print(
        data?["state"]?.string == "running"
          ? "The GPUs of \(name) are read ten times a second until \(until)."
          : "\(name) is asked with its next report; its GPUs are read ten times a second until \(until) at the latest.")
      return .success
    })
}
