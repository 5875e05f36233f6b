import Axonize
import AxonizeTesting
import Testing

/// What exceeds a limit is dropped or cut, and counted.
@Suite struct LimitTests {
  private func configuration(_ change: (inout Axonize.SpanLimits) -> Void) -> Axonize.Configuration {
    var configuration = Axonize.Configuration()
    change(&configuration.limits)
    return configuration
  }

  @Test func `attributes, events and links have greatest numbers`() throws {
    let limits = configuration {
      $0.attributes = 2
      $0.events = 1
      $0.links = 1
      $0.eventAttributes = 1
      $0.linkAttributes = 0
    }
    try withSpanRecorder(limits) { recorder throws in
      withSpan("s", attributes: ["a": 1, "b": 2, "c": 3]) { span in
        span.setAttribute("a", 4)
        span.addEvent("first", attributes: ["x": 1, "y": 2])
        span.addEvent("second")
        for _ in 0..<2 { span.addLink(ParentTests.remote, attributes: ["x": 1]) }
      }
      let span = try recorder.one("s")
      #expect(span.attributes == ["a": 4, "b": 2])
      #expect(span.events.map(\.name) == ["first"])
      #expect(span.events[0].attributes == ["x": 1])
      #expect(span.links == [SpanLink(ParentTests.remote)])
      #expect((span.droppedAttributes, span.droppedEvents, span.droppedLinks) == (1, 1, 1))
      let statistics = recorder.statistics
      #expect((statistics.droppedEvents, statistics.droppedLinks) == (1, 1))
      #expect(statistics.droppedAttributes == 4)
    }
  }

  @Test(arguments: [
    ("abcdef", 4, Int?.none, "abcd"),
    ("äöü", 5, nil, "äö"),
    ("🙂🙂", 7, nil, "🙂"),
    ("äöü", 100, 2, "äö"),
    ("abc", 100, 3, "abc"),
    ("abc", 0, nil, ""),
  ])
  func `texts are cut at a code point`(text: String, bytes: Int, characters: Int?, expected: String) throws {
    let limits = configuration {
      $0.valueBytes = bytes
      $0.valueCharacters = characters
    }
    try withSpanRecorder(limits) { recorder throws in
      withSpan("s") { span in
        span.setAttribute("text", text)
        span.setAttribute("within", [text])
      }
      let span = try recorder.one("s")
      #expect(span.attributes["text"] == .string(expected))
      #expect(span.attributes["within"] == .array([.string(expected)]))
      #expect(recorder.statistics.truncatedValues == (text == expected ? 0 : 2))
    }
  }

  @Test func `bytes are cut and a text of 64 KiB is kept by default`() throws {
    let long = String(repeating: "x", count: 70_000)
    try withSpanRecorder { recorder throws in
      withSpan("s") { span in
        span.setAttribute("text", long)
        span.setAttribute("bytes", [UInt8](repeating: 7, count: 70_000))
      }
      let span = try recorder.one("s")
      #expect(span.attributes["text"] == .string(String(repeating: "x", count: 65_536)))
      #expect(span.attributes["bytes"] == .bytes([UInt8](repeating: 7, count: 65_536)))
    }
  }

  @Test func `a span has a greatest size`() throws {
    try withSpanRecorder(configuration { $0.spanBytes = 2000 }) { recorder throws in
      withSpan("s") { span in
        for index in 0..<10 { span.setAttribute("key \(index)", String(repeating: "x", count: 400)) }
      }
      let span = try recorder.one("s")
      #expect(span.attributes.pairs.count == 4)
      #expect(span.droppedAttributes == 6)
    }
  }

  @Test func `a full queue drops and counts`() {
    var configuration = Axonize.Configuration()
    configuration.queueSize = 64
    withSpanRecorder(configuration) { recorder in
      for _ in 0..<100 { withSpan("s") { _ in } }
      #expect(recorder.statistics.droppedQueueFull == 36)
      #expect(recorder.statistics.queued == 64)
      #expect(recorder.spans.count == 64)
      #expect(recorder.statistics.ended == 100)
    }
  }
}
