public import Axonize
internal import Synchronization

/// Spans in memory instead of a receiver, with ids and a clock that can stand still; made by `withSpanRecorder`.
public final class SpanRecorder: Sendable {
  /// The clock that spans see, where it stands still.
  public struct Clock: Sendable {
    /// 2023-11-14T22:13:20Z.
    public static let defaultTime = Timestamp(nanosecondsSince1970: 1_700_000_000_000_000_000)

    let recorder: SpanRecorder

    /// What every clock shows.
    public var now: Timestamp { recorder.state.withLock { $0.time } }

    /// Lets time pass.
    public func advance(by duration: Duration) {
      recorder.state.withLock { state in
        state.time = state.time + duration
        recorder.recording.setTime(state.time.nanosecondsSince1970)
      }
    }
  }

  private struct State {
    var spans: [RecordedSpan] = []
    var time: Timestamp
  }

  fileprivate let recording: InMemoryRecording
  private let state: Mutex<State>

  init(_ configuration: Axonize.Configuration, countsIDs: Bool, time: Timestamp?) {
    recording = InMemoryRecording(configuration, countsIDs: countsIDs, time: time?.nanosecondsSince1970)
    state = Mutex(State(time: time ?? Clock.defaultTime))
  }

  /// The clock; it moves only where `withSpanRecorder(time:)` made it stand still.
  public var clock: Clock { Clock(recorder: self) }

  /// Every span that has ended, in the order of their ends.
  public var spans: [RecordedSpan] {
    state.withLock { state in
      for request in recording.drain() { state.spans += RequestReader.spans(of: request) }
      return state.spans
    }
  }

  /// The names of the spans.
  public var names: [String] { spans.map(\.name) }

  /// The spans of a name.
  public func named(_ name: String) -> [RecordedSpan] { spans.filter { $0.name == name } }

  /// The one span of a name.
  ///
  /// - Throws: ``RecordedSpanError`` when there is none or there are several.
  public func one(_ name: String) throws(RecordedSpanError) -> RecordedSpan {
    let found = named(name)
    guard found.count == 1 else { throw RecordedSpanError(kind: "spans", name, found.count, of: names) }
    return found[0]
  }

  /// The spans whose parent is a span.
  public func children(of span: RecordedSpan) -> [RecordedSpan] { spans.filter { $0.parentSpanID == span.spanID } }

  /// Forgets the spans of until now.
  public func clear() {
    state.withLock { state in
      _ = recording.drain()
      state.spans = []
    }
  }

  /// Counters of what was recorded.
  public var statistics: Axonize.Statistics { recording.statistics }
}

/// Does work whose spans are kept in memory; `Axonize.start` of the code under test does nothing meanwhile.
///
///     try await withSpanRecorder { recorder in
///       await answer("why?")
///       #expect(try recorder.one("answer").attributes["k"] == 10)
///     }
///
/// What is recorded is that of this task and its child tasks: tests that run at the same time do not see each other's
/// spans. `Task.detached` and threads begin outside.
///
/// - Parameters:
///   - configuration: Limits, the sampler and what content is captured, as the program would have them.
///   - countsIDs: Ids count from 1, so that they can be compared with what is written down.
///   - time: Where every clock stands until it is advanced; nil: the system's clocks.
///   - body: The work and what is expected of it.
public func withSpanRecorder<Result>(
  _ configuration: Axonize.Configuration = Axonize.Configuration(), countsIDs: Bool = true, time: Timestamp? = nil,
  _ body: (SpanRecorder) throws -> Result
) rethrows -> Result {
  let recorder = SpanRecorder(configuration, countsIDs: countsIDs, time: time)
  defer { recorder.end() }
  return try recorder.recording.run { try body(recorder) }
}

/// Does work that may wait, whose spans are kept in memory; see the form for work that does not.
public func withSpanRecorder<Result>(
  _ configuration: Axonize.Configuration = Axonize.Configuration(), countsIDs: Bool = true, time: Timestamp? = nil,
  isolation: isolated (any Actor)? = #isolation, _ body: (SpanRecorder) async throws -> Result
) async rethrows -> Result {
  let recorder = SpanRecorder(configuration, countsIDs: countsIDs, time: time)
  defer { recorder.end() }
  return try await recorder.recording.run(isolation: isolation) { try await body(recorder) }
}

extension SpanRecorder {
  /// Ends the recording; what was recorded stays readable.
  fileprivate func end() {
    _ = spans
    recording.close()
  }

  /// The series of LLM metrics, for the SDK's own tests.
  package var llmSeries: [(name: String, attributes: Attributes, count: Int, sum: Double)] { recording.llmSeries }

  /// What would have been sent since the last look, for the SDK's own tests.
  package func requests() -> [[UInt8]] { recording.drain() }
}
