import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Synchronization
import System
import Testing

/// Goal: a statement ends when nobody waits for it, and no other statement with it.
///
/// Method: statements that would run for minutes; without the interruption a test ends at the time limit of its query.
@Suite struct `Interrupted queries` {
  private static let endless = SQLStatement("SELECT sum(sipHash64(number)) FROM numbers(1000000000000)")

  private static func store() throws -> EmbeddedStore {
    var options = EmbeddedStoreOptions(folder: "")
    options.queryLimits.timeout = .seconds(60)
    return try EngineFixture.store(options)
  }

  @Test func `a statement that runs ends when its request is cancelled`() throws {
    let store = try Self.store()
    let activity = QueryActivity { .seconds(60) }
    let canceller = try Thread(name: "cancel") {
      Thread.sleep(for: .milliseconds(50))
      activity.cancel()
    }
    let error = #expect(throws: EngineError.self) { _ = try store.query(Self.endless, during: activity) }
    canceller.join()
    #expect(error?.meaning == .interrupted)
    #expect(try store.query(SQLStatement("SELECT 1 AS one"))["one"].int(0) == 1, "the connection goes on")
  }

  @Test func `a request that was cancelled before ends its statement at once`() throws {
    let store = try Self.store()
    let activity = QueryActivity { .seconds(60) }
    activity.cancel()
    let error = #expect(throws: EngineError.self) { _ = try store.query(Self.endless, during: activity) }
    #expect(error?.meaning == .interrupted)
  }

  @Test func `statements beside and after a cancelled one are left alone`() throws {
    let store = try Self.store()
    let failures = Atomic<Int>(0)
    var threads: [ThreadHandle] = []
    for index in 0..<3 {
      threads.append(
        ThreadHandle(
          try Thread(name: "reader-\(index)") {
            for round in 0..<40 {
              let activity = QueryActivity { .seconds(60) }
              // One of the readers cancels its own requests just before, while and after they run.
              let cancels = index == 0
              let canceller =
                cancels
                ? try? Thread(name: "cancel") {
                  Thread.sleep(for: .microseconds(round * 100))
                  activity.cancel()
                } : nil
              let result = Result { () throws(EngineError) in
                try store.query(
                  SQLStatement("SELECT sum(sipHash64(number)) AS n FROM numbers(200000)"), during: activity)
              }
              if !cancels, case .failure = result { failures.add(1, ordering: .relaxed) }
              if let canceller { canceller.join() }
            }
          }))
    }
    for thread in threads { thread.join() }
    #expect(failures.load(ordering: .relaxed) == 0)
  }
}
