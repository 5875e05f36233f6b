import Axonize
import AxonizeTesting
import Testing

/// Which span is the parent of which, through tasks, actors and processes.
@Suite struct ParentTests {
  @Test func `child tasks inherit the current span`() async throws {
    try await withSpanRecorder { recorder async throws in
      await withSpan("root") { _ in
        async let first: Void = withSpan("async let") { _ in await Task.yield() }
        await withTaskGroup { group in
          for index in 0..<4 { group.addTask { withSpan("group \(index)") { _ in } } }
        }
        await Task { withSpan("unstructured") { _ in } }.value
        await first
      }
      let root = try recorder.one("root")
      #expect(recorder.children(of: root).count == 6)
      #expect(recorder.spans.allSatisfy { $0.traceID == root.traceID })
    }
  }

  @Test func `tasks beside each other do not mix`() async throws {
    try await withSpanRecorder { recorder async throws in
      await withTaskGroup { group in
        for index in 0..<16 {
          group.addTask {
            await withSpan("root \(index)", parent: .none) { _ in
              await Task.yield()
              await withSpan("child \(index)") { _ in await Task.yield() }
            }
          }
        }
      }
      for index in 0..<16 {
        let root = try recorder.one("root \(index)")
        #expect(root.parentSpanID == nil)
        #expect(try recorder.one("child \(index)").parentSpanID == root.spanID)
      }
    }
  }

  @Test func `a detached task begins without a parent, outside of the recorder`() async throws {
    try await withSpanRecorder { recorder async throws in
      await withSpan("root") { _ in await Task.detached { #expect(Span.current == nil) }.value }
      #expect(recorder.names == ["root"])
    }
  }

  actor Counter {
    var count = 0

    func work() async {
      await withSpan("in the actor") { _ in
        // Compiles only where the closure runs on the actor.
        count += 1
        await Task.yield()
        count += 1
      }
    }
  }

  @Test func `work that waits stays on the actor of its caller`() async throws {
    try await withSpanRecorder { recorder async throws in
      let counter = Counter()
      await counter.work()
      #expect(await counter.count == 2)
      #expect(recorder.names == ["in the actor"])
    }
  }

  @Test func `a span that is started by hand is not current`() throws {
    try withSpanRecorder { recorder throws in
      let manual = Tracer.default.startSpan("manual")
      #expect(Span.current == nil)
      withSpan("child", parent: .context(manual.context)) { _ in }
      withSpan("other") { _ in }
      manual.end()
      #expect(try recorder.one("child").parentSpanID == manual.spanID)
      #expect(try recorder.one("other").parentSpanID == nil)
    }
  }

  @Test func `a root begins a trace within another one`() throws {
    try withSpanRecorder { recorder throws in
      withSpan("outer") { _ in withSpan("root", parent: .none) { _ in withSpan("child") { _ in } } }
      let root = try recorder.one("root")
      #expect(root.parentSpanID == nil)
      #expect(root.traceID != (try recorder.one("outer").traceID))
      #expect(try recorder.one("child").parentSpanID == root.spanID)
    }
  }

  static let remote = SpanContext(
    traceID: TraceID(high: 7, low: 8), spanID: SpanID(9), traceState: "vendor=value", isRemote: true)

  @Test func `spans go on under another process's span`() throws {
    try withSpanRecorder { recorder throws in
      withContext(TraceContext(span: Self.remote)) {
        // Not a span of this process.
        #expect(Span.current == nil)
        withSpan("handle", kind: .server) { _ in withSpan("inner") { _ in } }
      }
      let handle = try recorder.one("handle")
      #expect(handle.traceID == Self.remote.traceID)
      #expect(handle.parentSpanID == Self.remote.spanID)
      #expect((handle.hasRemoteParent, handle.traceState) == (true, "vendor=value"))
      let inner = try recorder.one("inner")
      #expect((inner.parentSpanID, inner.hasRemoteParent, inner.traceState) == (handle.spanID, false, "vendor=value"))
    }
  }

  @Test func `an identity that is not valid is no parent`() throws {
    let invalid = SpanContext(traceID: TraceID(high: 0, low: 0), spanID: SpanID(1))
    try withSpanRecorder { recorder throws in
      withSpan("s", parent: .context(invalid)) { _ in }
      withContext(TraceContext(span: invalid)) { withSpan("t") { _ in } }
      #expect(recorder.spans.allSatisfy { $0.parentSpanID == nil && $0.traceID.isValid })
    }
  }
}

/// What the samplers decide.
@Suite struct SamplingTests {
  static func configuration(_ sampler: Axonize.Sampler) -> Axonize.Configuration {
    var configuration = Axonize.Configuration()
    configuration.sampler = sampler
    return configuration
  }

  @Test(arguments: [
    (Axonize.Sampler.alwaysOn, Bool?.none, true),
    (.alwaysOn, false, true),
    (.alwaysOff, nil, false),
    (.alwaysOff, true, false),
    (.parentBased(.alwaysOn), nil, true),
    (.parentBased(.alwaysOn), false, false),
    (.parentBased(.alwaysOff), nil, false),
    (.parentBased(.alwaysOff), true, true),
    (.traceIDRatio(1), nil, true),
    (.traceIDRatio(0), nil, false),
    (.traceIDRatio(0), true, false),
    (.parentBased(.traceIDRatio(0)), true, true),
  ])
  func `the sampler and the parent decide`(sampler: Axonize.Sampler, parent: Bool?, expected: Bool) {
    withSpanRecorder(Self.configuration(sampler)) { recorder in
      var context = ParentTests.remote
      context.isSampled = parent ?? false
      withSpan("s", parent: parent == nil ? .none : .context(context)) { span in
        #expect(span.isSampled == expected)
        #expect(span.isRecording == expected)
        #expect(span.traceID.isValid)
        #expect(span.spanID.isValid)
      }
      #expect(recorder.names == (expected ? ["s"] : []))
    }
  }

  @Test func `a ratio takes the traces whose low half is below it`() {
    withSpanRecorder(Self.configuration(.traceIDRatio(0.25))) { _ in
      for (low, expected) in [(UInt64(1) << 61, true), (1 << 62, false), (.max, false), (0, true)] {
        let parent = SpanContext(traceID: TraceID(high: 1, low: low), spanID: SpanID(1))
        withSpan("s", parent: .context(parent)) { span in #expect(span.isSampled == expected, "\(low)") }
      }
    }
  }

  @Test func `children of an unsampled span are unsampled and tell so`() {
    withSpanRecorder(Self.configuration(.parentBased(.alwaysOff))) { recorder in
      withSpan("outer") { _ in
        withSpan("inner") { span in
          let headers = TraceContext.headers(of: span.context)
          #expect(headers.first?.value == "00-\(span.traceID)-\(span.spanID)-00")
        }
      }
      #expect(recorder.spans.isEmpty)
    }
  }
}
