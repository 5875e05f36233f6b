import Base
import BlockingHTTPClient
import Glibc
import JSON
import Synchronization
import System

/// What a demo says: where it is, how far it is, and what goes wrong.
final class DemoOutput: Sendable {
  private let options: DemoOptions
  private let isTerminal: Bool
  private let state = Mutex((percent: -1, isFailed: false))

  /// - Parameter isTerminal: whether standard error is one, and shows progress.
  init(_ options: DemoOptions, isTerminal: Bool) {
    self.options = options
    self.isTerminal = isTerminal
  }

  /// Whether sending has failed for good.
  var isFailed: Bool { state.withLock { $0.isFailed } }

  /// What is written when the server is there.
  ///
  /// - Parameter folder: of the demo's own server.
  func beginning(_ server: ServerURL, _ folder: DemoFolder?) -> String {
    if options.isJSON { return json("filling", server, folder?.dataDirectory) }
    let history = options.history.components.seconds
    let text = history % 3_600 == 0 ? "\(history / 3_600) h" : "\((history + 59) / 60) min"
    let end =
      switch folder {
      case .some(let folder) where folder.isTemporary: "Press Ctrl-C to stop; the data is removed."
      case .some(let folder): "Press Ctrl-C to stop; the data stays in \(folder.dataDirectory)."
      case .none: "Press Ctrl-C to stop; what was sent stays there."
      }
    return "\n  The demo is at \(server)\n  It fills the last \(text), and then goes on.\n  \(end)\n"
  }

  /// Shows progress; a failure ends the program as a signal to stop would.
  func show(_ progress: DemoProgress, _ server: ServerURL) {
    switch progress {
    case .filling(let part):
      let percent = Int(part * 100)
      let isNew = state.withLock { state in
        defer { state.percent = percent }
        return state.percent != percent
      }
      if isTerminal, isNew { StandardStream.write("\r  \(percent) % filled", to: STDERR_FILENO) }
    case .ready(let time):
      if isTerminal { StandardStream.write("\r                \r", to: STDERR_FILENO) }
      let seconds = Double(time / .milliseconds(100)).rounded() / 10
      let text = options.isJSON ? json("ready", server, nil, seconds) : "  Filled after \(seconds) s.\n"
      StandardStream.write(text, to: STDOUT_FILENO)
    case .failed(let failure):
      state.withLock { $0.isFailed = true }
      StandardStream.write("axonize: the demo sends nothing any more: \(failure)\n", to: STDERR_FILENO)
      kill(getpid(), SIGTERM)
    }
  }

  private func json(_ name: String, _ server: ServerURL, _ data: String?, _ fillSeconds: Double? = nil) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("state", name)
      writer.member("url", server.description)
      writer.member("seed", options.seed)
      writer.member("history_seconds", options.history.components.seconds)
      if let data { writer.member("data_directory", data) }
      if let fillSeconds { writer.member("fill_seconds", fillSeconds) }
    }
    return String(decoding: writer.bytes, as: UTF8.self) + "\n"
  }
}
