import Base
import BlockingHTTPClient
import Commands
import Configuration
import System

/// The options of `demo`.
struct DemoOptions: Sendable {
  let history: Duration
  /// Calls of models a second.
  let rate: Double
  let seed: UInt64
  /// A server that runs already; nil for one of the demo's own.
  let server: ServerURL?
  let key: String?
  let folder: String?
  /// Nil for 8080 or any other.
  let port: UInt16?
  let isJSON: Bool

  private static let historyMax = Duration.seconds(7 * 86_400)
  private static let rateRange = 0.05...50.0
  private static let historyText = "a duration up to 7d, such as 30m or 6h"

  static let all: [OptionDefinition] = [
    OptionDefinition(
      name: "--history", value: "DURATION", meaning: "How much of the past is filled. Default: 6h.",
      check: { Self.history($0) == nil ? historyText : nil }),
    OptionDefinition(
      name: "--rate", value: "NUMBER", meaning: "Calls of models a second, on average. Default: 2.",
      check: { Double($0).map(rateRange.contains) == true ? nil : "a number from 0.05 to 50" }),
    OptionDefinition(
      name: "--seed", value: "NUMBER",
      meaning: "What the data is made of: the same number and the same start make the same data. Default: 1.",
      check: { UInt64($0) == nil ? "a number from 0" : nil }),
    OptionDefinition(
      name: "--data", value: "DIR",
      meaning: "A new or empty folder, which is kept. Default: a temporary one, which is removed at the end."),
    OptionDefinition(
      name: "--port", value: "NUMBER",
      meaning: "The port on 127.0.0.1; 0 for any that is free. Default: 8080, or another where that is taken.",
      check: { UInt16($0) == nil ? "a port from 0 to 65535" : nil }),
    OptionDefinition(
      name: "--server", value: "URL",
      meaning: "Send to a server that runs already, and start none. What is sent stays there."),
    OptionDefinition(
      name: "--key", value: "KEY",
      meaning: "The API key for --server, which other users of the machine can then see. Default: AXONIZE_API_KEY."),
    OptionDefinition.json,
  ]

  init(_ arguments: ParsedArguments, _ context: CommandContext) throws(CommandFailure) {
    history = arguments["--history"].flatMap(Self.history) ?? .seconds(6 * 3_600)
    rate = arguments["--rate"].flatMap { Double($0) } ?? 2
    seed = arguments["--seed"].flatMap { UInt64($0) } ?? 1
    folder = arguments["--data"]
    port = arguments["--port"].flatMap { UInt16($0) }
    isJSON = arguments.has("--json")
    guard let text = arguments["--server"] else {
      if arguments.has("--key") {
        throw CommandFailure(.usage, "--key is for --server; the demo's own server needs none.")
      }
      (server, key) = (nil, nil)
      return
    }
    if folder != nil || port != nil {
      throw CommandFailure(.usage, "--data and --port are for the demo's own server, and --server names another one.")
    }
    guard let server = ServerURL(text) else {
      throw CommandFailure(
        .usage,
        "'\(TextWidth.visible(text))' is not a server's URL; --server takes one such as \(APIClient.defaultServer).")
    }
    self.server = server
    key = (arguments["--key"] ?? context.environment["AXONIZE_API_KEY"]).flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func history(_ text: String) -> Duration? {
    DurationText.duration(text).flatMap { $0 >= .seconds(1) && $0 <= historyMax ? $0 : nil }
  }

  /// Where the demo's own server listens: as asked for, else at the port of a server, or any if that is taken.
  var address: String {
    if let port { return "127.0.0.1:\(port)" }
    let usual: UInt16 = 8_080
    let isFree = SocketAddress(host: "127.0.0.1", port: usual).map { (try? Socket.checkFree($0)) != nil } ?? false
    return "127.0.0.1:\(isFree ? usual : 0)"
  }
}
