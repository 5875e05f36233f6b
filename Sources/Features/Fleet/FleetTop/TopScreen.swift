import Base
import Commands
import System

/// The loop of `top` in a terminal: frames, keys, signals.
struct TopScreen {
  let server: String
  let style: Style
  let now: () -> UnixNanoseconds

  /// How long nothing is drawn at most: the age of what is shown counts seconds.
  private static let drawInterval = Duration.seconds(1)

  /// Runs until a key, a signal or an error ends it.
  func run(_ source: TopSource, start: () throws -> Void) throws -> ExitCode {
    let screen = try TerminalScreen()
    // Signals are blocked before the thread begins, which has them blocked too.
    try start()
    var view = TopView()
    while true {
      let state = source.current
      if let failure = state.failure { throw CommandFailure(failure.code, failure.message) }
      draw(screen, state, &view)
      switch try screen.wait(source.changed, atMost: Self.drawInterval) {
      case .input(let bytes):
        for key in TopKey.keys(in: bytes) {
          switch view.handle(key, state.frame) {
          case .redraw: break
          case .quit: return .success
          case .pause: try screen.pause()
          }
        }
      case .pauseAsked: try screen.pause()
      case .endAsked(let signal):
        screen.end(by: signal)
        return .failure
      case .closed: return .success
      case .resized: screen.write("\u{1b}[2J")
      case .woken, .nothing: break
      }
    }
  }

  private func draw(_ screen: borrowing TerminalScreen, _ state: TopSource.State, _ view: inout TopView) {
    let size = screen.size()
    view.pageRowCount = max(1, size.rows / 2)
    let text = TopText(server: server, style: style, width: size.columns, height: size.rows)
    let lines = text.lines(state.frame, state.status, view, now: now())
    // Each line is written over the one before and its end erased, so that nothing flickers.
    screen.write("\u{1b}[H" + lines.map { "\($0)\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J")
  }
}
