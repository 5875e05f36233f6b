import Axonize
import AxonizeTesting
import Testing

struct Gone: Error, CustomStringConvertible { var description: String { "it is gone" } }

/// What a span holds, read back from the bytes that would have been sent.
@Suite struct SpanTests {
  @Test func `a span and its child hold what they were given`() throws {
    try withSpanRecorder(time: SpanRecorder.Clock.defaultTime) { recorder throws in
      let returned = withSpan("outer", kind: .server) { outer in
        recorder.clock.advance(by: .milliseconds(2))
        return withSpan("inner", attributes: ["k": 1]) { inner in
          #expect(Span.current === inner)
          #expect(inner.parentSpanID == outer.spanID)
          recorder.clock.advance(by: .milliseconds(3))
          return 42
        }
      }
      #expect(returned == 42)
      #expect(Span.current == nil)
      #expect(recorder.names == ["inner", "outer"])
      let inner = try recorder.one("inner")
      let outer = try recorder.one("outer")
      #expect((outer.traceID, outer.spanID, inner.spanID) == (TraceID(high: 0, low: 1), SpanID(2), SpanID(3)))
      #expect(inner.traceID == outer.traceID)
      #expect((inner.parentSpanID, outer.parentSpanID) == (outer.spanID, nil))
      #expect((inner.kind, outer.kind) == (.internal, .server))
      #expect(outer.startTime == SpanRecorder.Clock.defaultTime)
      #expect(inner.startTime - outer.startTime == .milliseconds(2))
      #expect((inner.duration, outer.duration) == (.milliseconds(3), .milliseconds(5)))
      #expect(inner.attributes == ["k": 1])
      #expect(outer.attributes.isEmpty)
      #expect(outer.scope == "axonize")
      #expect(outer.resource["service.name"] == "test")
      #expect(recorder.children(of: outer) == [inner])
    }
  }

  @Test(arguments: SpanKind.allCases)
  func `the kind travels`(kind: SpanKind) throws {
    try withSpanRecorder { recorder throws in
      withSpan("s", kind: kind) { _ in }
      #expect(try recorder.one("s").kind == kind)
    }
  }

  static let values: [(String, any AttributeValueConvertible & Sendable, AttributeValue)] = [
    ("text", "Grüße 🙂", .string("Grüße 🙂")),
    ("empty", "", .string("")),
    ("true", true, .bool(true)),
    ("false", false, .bool(false)),
    ("int", 42, .int(42)),
    ("zero", 0, .int(0)),
    ("negative", -7, .int(-7)),
    ("least", Int64.min, .int(.min)),
    ("most", Int64.max, .int(.max)),
    ("beyond", UInt64.max, .string("18446744073709551615")),
    ("small", UInt8(200), .int(200)),
    ("float", 1.5, .double(1.5)),
    ("narrow", Float(0.5), .double(0.5)),
    ("infinite", Double.infinity, .double(.infinity)),
    ("bytes", [0, 0xff] as [UInt8], .bytes([0, 0xff])),
    ("texts", ["a", "b"], .array(["a", "b"])),
    ("numbers", [1, 2, 3], .array([1, 2, 3])),
    ("fractions", [0.5, 1.25], .array([0.5, 1.25])),
    ("truths", [true, false], .array([true, false])),
    ("nothing", [Int](), .array([])),
    ("some", Int?.some(3), .int(3)),
    ("none", Int?.none, .empty),
    ("duration", Duration.milliseconds(1500), .double(1.5)),
    (
      "mixed", ["a", 1, 2.5, true, .empty, [2], ["k": "v"]] as AttributeValue,
      .array(["a", 1, 2.5, true, .empty, [2], ["k": "v"]])
    ),
    ("map", ["b": 2, "a": 1], .map(["a": 1, "b": 2])),
  ]

  @Test func `values of every type come back`() throws {
    try withSpanRecorder { recorder throws in
      withSpan("s") { span in
        for (key, value, _) in Self.values { set(span, key, value) }
      }
      let found = try recorder.one("s").attributes
      #expect(found.pairs.map(\.key) == Self.values.map { $0.0 })
      for (key, _, expected) in Self.values { #expect(found[key] == expected, "\(key)") }
    }
  }

  private func set(_ span: Span, _ key: String, _ value: some AttributeValueConvertible) {
    span.setAttribute(key, value)
  }

  @Test func `values nested deeper than eight become a text`() throws {
    var deep: AttributeValue = [1]
    for _ in 0..<20 { deep = [deep] }
    try withSpanRecorder { recorder throws in
      withSpan("s") { $0.setAttribute("deep", deep) }
      var found = try #require(try recorder.one("s").attributes["deep"])
      var depth = 0
      while case .array(let inner) = found {
        found = try #require(inner.first)
        depth += 1
      }
      #expect(depth == 8)
      guard case .string = found else { throw Gone() }
    }
  }

  @Test func `an attribute is replaced in its place and an empty key is passed over`() throws {
    try withSpanRecorder { recorder throws in
      withSpan("s", attributes: ["a": 1, "b": String(repeating: "x", count: 300), "c": 3]) { span in
        span.setAttribute("a", String(repeating: "long ", count: 50))
        span.setAttribute("b", 2)
        span.setAttributes(["c": [1], "d": 4])
        span.setAttribute("", "left out")
      }
      #expect(
        try recorder.one("s").attributes
          == ["a": String(repeating: "long ", count: 50), "b": 2, "c": [1], "d": 4])
    }
  }

  @Test func `events keep their names, times and attributes`() throws {
    let time = Timestamp(nanosecondsSince1970: 1_700_000_000_123_456_789)
    try withSpanRecorder { recorder throws in
      withSpan("s") { span in
        span.addEvent("cache.miss", attributes: ["key": "k", "size": 3], at: time)
        span.addEvent("plain")
      }
      let span = try recorder.one("s")
      #expect(span.events.map(\.name) == ["cache.miss", "plain"])
      #expect(
        try span.event("cache.miss")
          == RecordedEvent(name: "cache.miss", time: time, attributes: ["key": "k", "size": 3]))
      let plain = try span.event("plain")
      #expect(plain.time >= span.startTime)
      #expect(plain.time <= span.endTime)
    }
  }

  @Test func `an error that leaves is recorded and thrown as it was`() throws {
    try withSpanRecorder { recorder throws in
      #expect(throws: Gone.self) {
        try withSpan("s") { span throws(Gone) in
          span.recordError(CancellationError(), attributes: ["more": 1])
          throw Gone()
        }
      }
      let span = try recorder.one("s")
      #expect(span.events.map(\.name) == ["exception", "exception"])
      #expect(span.events[0].attributes["exception.type"] == "Swift.CancellationError")
      #expect(span.events[0].attributes["exception.escaped"] == false)
      #expect(span.events[0].attributes["more"] == 1)
      #expect(
        span.events[1].attributes
          == [
            "exception.type": "AxonizeSDKTests.Gone", "exception.message": "it is gone", "exception.escaped": true,
          ])
      #expect(span.attributes == ["error.type": "AxonizeSDKTests.Gone"])
      #expect(span.status == .error("Gone: it is gone"))
    }
  }

  @Test func `what the program said of the error stays`() throws {
    try withSpanRecorder { recorder throws in
      #expect(throws: Gone.self) {
        try withSpan("s") { span in
          span.setAttribute("error.type", "mine")
          span.setStatus(.error("mine too"))
          throw Gone()
        }
      }
      let span = try recorder.one("s")
      #expect(span.attributes == ["error.type": "mine"])
      #expect(span.status == .error("mine too"))
    }
  }

  @Test func `a cancelled task is no error`() async throws {
    try await withSpanRecorder { recorder async throws in
      await #expect(throws: CancellationError.self) {
        try await withSpan("s") { _ async throws in throw CancellationError() }
      }
      let span = try recorder.one("s")
      #expect(span.events.isEmpty)
      #expect(span.status == .unset)
      #expect(span.attributes.isEmpty)
    }
  }

  @Test(arguments: [
    ([SpanStatus](), SpanStatus.unset),
    ([.ok], .ok),
    ([.error("why")], .error("why")),
    ([.error("why"), .unset], .error("why")),
    ([.error("why"), .ok], .ok),
    ([.ok, .error("too late")], .ok),
    ([.error("a"), .error("b")], .error("b")),
  ])
  func `the status keeps to OpenTelemetry's rules`(steps: [SpanStatus], expected: SpanStatus) throws {
    try withSpanRecorder { recorder throws in
      withSpan("s") { span in for step in steps { span.setStatus(step) } }
      #expect(try recorder.one("s").status == expected)
    }
  }

  @Test func `links lead to other spans`() throws {
    let remote = SpanContext(
      traceID: TraceID(high: 1 << 36, low: 0), spanID: SpanID(5), isSampled: false, traceState: "a=b", isRemote: true)
    try withSpanRecorder { recorder throws in
      let target = withSpan("target") { $0.context }
      withSpan("s", links: [SpanLink(target), SpanLink(remote, attributes: ["why": "batch"])]) { span in
        span.addLink(remote)
        span.addLink(SpanContext(traceID: TraceID(high: 0, low: 0), spanID: SpanID(0)))
      }
      #expect(
        try recorder.one("s").links
          == [SpanLink(target), SpanLink(remote, attributes: ["why": "batch"]), SpanLink(remote)])
    }
  }

  @Test func `given times are kept to the nanosecond`() throws {
    try withSpanRecorder { recorder throws in
      let span = Tracer.default.startSpan("s", startTime: Timestamp(nanosecondsSince1970: 1_000_000_001))
      span.end(at: Timestamp(nanosecondsSince1970: 3_000_000_004))
      let found = try recorder.one("s")
      #expect(found.startTime.nanosecondsSince1970 == 1_000_000_001)
      #expect(found.endTime.nanosecondsSince1970 == 3_000_000_004)
      #expect(span.endTime == found.endTime)
    }
  }

  @Test func `a span ends once and is deaf afterwards`() throws {
    try withSpanRecorder { recorder throws in
      let span = Tracer.default.startSpan("s")
      #expect(span.isRecording)
      #expect(span.endTime == nil)
      span.end()
      span.end()
      span.setAttribute("late", 1)
      span.setAttribute("late", [1])
      span.addEvent("late")
      span.addLink(span.context)
      span.recordError(Gone())
      span.setStatus(.error("late"))
      span.updateName("late")
      span.setGPUs("cuda:0")
      #expect(!span.isRecording)
      let found = try recorder.one("s")
      #expect(found.attributes.isEmpty)
      #expect(found.events.isEmpty)
      #expect(found.links.isEmpty)
      #expect(found.status == .unset)
      #expect(recorder.spans.count == 1)
    }
  }

  @Test func `a span takes another name`() throws {
    try withSpanRecorder { recorder throws in
      withSpan("old") { span in
        #expect(span.name == "old")
        span.updateName("new")
      }
      withSpan("") { _ in }
      #expect(recorder.names == ["new", ""])
    }
  }

  @Test func `tracers name the scope of their spans`() throws {
    let first = Tracer("lib", version: "1", attributes: ["k": "value"])
    let other = Tracer("lib", version: "2")
    for _ in 0..<2 {
      try withSpanRecorder { recorder throws in
        for tracer in [first, other, first] { withSpan("s", tracer: tracer) { _ in } }
        withSpan("ours") { _ in }
        #expect(Set(recorder.named("s").map(\.scopeVersion)) == ["1", "2"])
        let ofFirst = recorder.named("s").filter { $0.scopeVersion == "1" }
        #expect(ofFirst.count == 2)
        #expect(ofFirst.allSatisfy { $0.scope == "lib" && $0.scopeAttributes == ["k": "value"] })
        #expect(try recorder.one("ours").scope == "axonize")
      }
    }
  }

  @Test func `spans may be used from many threads at once`() async throws {
    try await withSpanRecorder { recorder async throws in
      await withSpan("s") { span in
        await withTaskGroup { group in
          for task in 0..<8 {
            group.addTask {
              for step in 0..<50 {
                span.setAttribute("task.\(task)", step)
                span.addEvent("step")
              }
            }
          }
        }
      }
      let found = try recorder.one("s")
      #expect(found.attributes.pairs.count == 8)
      #expect(found.attributes.pairs.allSatisfy { $0.value == 49 })
      #expect(found.events.count + found.droppedEvents == 400)
    }
  }
}
