import System
import Testing

/// A line of a table of one event: in a state it leads to another and to an action.
struct Transition<State: Equatable, Action: Equatable> {
  let from: State
  let to: State
  let action: Action

  init(_ from: State, _ to: State, _ action: Action) {
    self.from = from
    self.to = to
    self.action = action
  }
}

/// Walks through the table of an event, which has a line for every state but those in which the event traps.
///
/// The diagram of the machine has to show where it leads.
///
/// - Parameters:
///   - every: every state of the machine.
///   - perform: begins in a state, has the event happen, and returns where that led.
func check<State: Equatable, Action: Equatable>(
  _ event: String, _ diagram: Diagram, every: [State], trapping: [State] = [], _ table: [Transition<State, Action>],
  perform: (State) -> (State, Action), sourceLocation: SourceLocation = #_sourceLocation
) {
  for state in every {
    let lines = table.filter { $0.from == state }
    #expect(
      lines.count == (trapping.contains(state) ? 0 : 1), "\(event) in \(state) has \(lines.count) lines",
      sourceLocation: sourceLocation)
  }
  let edges = (try? diagram.edges()) ?? []
  for line in table {
    let names = (Diagram.name(of: line.from), Diagram.name(of: line.to))
    #expect(
      names.0 == names.1 || edges.contains("\(names.0) --> \(names.1)"),
      "docs/connections.md does not show where \(event) leads in \(line.from)", sourceLocation: sourceLocation)
    #expect(every.contains(line.from), "\(event): \(line.from) is not a state", sourceLocation: sourceLocation)
    let (state, action) = perform(line.from)
    #expect(state == line.to, "\(event) in \(line.from)", sourceLocation: sourceLocation)
    #expect(action == line.action, "\(event) in \(line.from)", sourceLocation: sourceLocation)
  }
}

/// So many milliseconds after the beginning of a test's time.
func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000) }
