import Base
import Identity
import Synchronization
import TestSupport
import Testing

/// A rule that every implementation of a port must keep, as a case that a suite runs against a fresh store each.
package struct ConformanceCase<Port: Sendable>: Sendable, CustomStringConvertible {
  package let description: String
  /// Throws ``Broken`` when the store breaks the rule.
  package let run: @Sendable (Connections<Port>) async throws -> Void

  init(_ description: String, _ run: @escaping @Sendable (_ store: Port, _ other: Port) async throws -> Void) {
    self.description = description
    self.run = { try await run($0.first, $0.second) }
  }

  init(_ description: String, connections run: @escaping @Sendable (Connections<Port>) async throws -> Void) {
    self.description = description
    self.run = run
  }
}

/// Connections to the same data.
package struct Connections<Port: Sendable>: Sendable {
  /// Two connections of this process.
  let first: Port
  let second: Port
  /// Connects as a process that started after this one had ended.
  let restarted: @Sendable () throws -> Port

  package init(_ first: Port, _ second: Port, restarted: @escaping @Sendable () throws -> Port) {
    self.first = first
    self.second = second
    self.restarted = restarted
  }
}

extension Connections {
  /// What a body returns for each of the two connections, called at the same time, as near as threads come.
  func together<Result: Sendable>(_ body: @escaping @Sendable (Port) throws -> Result) async throws -> [Result] {
    let ready = Ready()
    return try await withThrowingTaskGroup(of: Result.self) { group in
      for port in [first, second] {
        group.addTask {
          ready.count.add(1, ordering: .sequentiallyConsistent)
          await eventually { ready.count.load(ordering: .sequentiallyConsistent) >= 2 }
          return try body(port)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}

/// How many threads are ready.
private final class Ready: Sendable {
  let count = Atomic<Int>(0)
}

/// A rule that does not hold.
struct Broken: Error, CustomStringConvertible {
  let description: String
}

func expect(_ condition: Bool, file: StaticString = #fileID, line: UInt = #line) throws {
  if !condition { throw Broken(description: "the expectation at \(file):\(line) does not hold") }
}

/// The error of a call that must fail; nil when it does not.
func failure(_ body: () throws -> some Any) throws -> RegistryError? {
  do { _ = try body() } catch let error as RegistryError { return error }
  return nil
}

func kind(_ body: () throws -> some Any) throws -> RegistryError.Kind? { try failure(body)?.kind }

func time(_ second: Int64) -> UnixNanoseconds { UnixNanoseconds(second * 1_000_000_000 + 7) }
