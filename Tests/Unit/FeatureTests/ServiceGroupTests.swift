import Base
import Feature
import Synchronization
import Testing

/// Goal: what runs beside the requests starts in order and stops in reverse.
///
/// Method: services that note their calls.
@Suite struct ServiceGroupTests {
  private final class Notes: Sendable {
    let calls = Mutex<[String]>([])
    func note(_ call: String) { calls.withLock { $0.append(call) } }
  }

  private struct Part: Service {
    let name: String
    let notes: Notes
    var fails = false

    func start() throws {
      notes.note("start \(name)")
      if fails { throw ErrorReport(code: "test", message: name) }
    }

    func stop() { notes.note("stop \(name)") }
  }

  @Test func `services stop in the reverse order, once, with what had started before them`() throws {
    let notes = Notes()
    let group = ServiceGroup()
    group.add { notes.note("stop engine") }
    for name in ["a", "b"] { try group.start(Part(name: name, notes: notes)) }
    group.stop()
    group.stop()
    #expect(notes.calls.withLock { $0 } == ["start a", "start b", "stop b", "stop a", "stop engine"])
  }

  @Test func `a service that cannot start is not stopped, those before it are`() throws {
    let notes = Notes()
    let group = ServiceGroup()
    try group.start(Part(name: "a", notes: notes))
    #expect(throws: ErrorReport.self) { try group.start(Part(name: "b", notes: notes, fails: true)) }
    group.stop()
    #expect(notes.calls.withLock { $0 } == ["start a", "start b", "stop a"])
  }
}
