import Series
import SeriesBytes
import Testing

@testable import MetricsIngest

/// What bodies of `POST /api/v1/metrics/push` come to.
@Suite struct PushedSamplesTests {
  private func decode(_ json: String) throws -> SampleDecoding.Result {
    try SampleDecoding().decode(Array(json.utf8), .pushedJSON)
  }

  /// What is wrong with a body; nothing of it is stored.
  private func mistake(_ json: String) -> String? {
    do {
      _ = try decode(json)
      return nil
    } catch SampleDecodeError.mistaken(let mistake) {
      return "\(mistake)"
    } catch {
      return "another error: \(error)"
    }
  }

  @Test(arguments: [
    #"{"name": "a", "value": 1}"#, #"[{"name": "a", "value": 1}]"#, #" {"name":"a","value":1.0,"labels":{}} "#,
    #"{"name": "a", "value": 1, "labels": {"x": ""}}"#,
  ])
  func `a sample without a time is of when the request came`(json: String) throws {
    let result = try decode(json)
    #expect(result.samples == ["a{} 1 @ 1"])
    #expect(result.families == [])
  }

  @Test func `samples come as a list, or one after another`() throws {
    let objects = [
      #"{"name": "a", "labels": {"z": "1", "b": "ü\"x"}, "value": -2.5, "time": 5000}"#,
      #"{"name": "a", "labels": {"z": "2"}, "value": 1e3, "time": "1970-01-01T00:00:06Z", "type": "counter"}"#,
      #"{"name": "a.b", "value": "NaN", "time": 7000, "unit": "seconds", "help": "What it is."}"#,
      #"{"name": "a", "value": "-Infinity", "time": 8000.0}"#,
    ]
    let expected = [
      #"a.b{} NaN @ 7000"#, #"a{b="ü\"x",z="1"} -2.5 @ 5000"#, #"a{z="2"} 1000 @ 6000"#, "a{} -Inf @ 8000",
    ]
    for body in ["[\(objects.joined(separator: ","))]", objects.joined(separator: "\n"), objects.joined()] {
      let result = try decode(body)
      #expect(result.samples == expected)
      #expect(result.families == ["counter a", "unknown a.b seconds What it is."])
      #expect(result.rejected == 0)
    }
  }

  @Test(arguments: [
    ("", "invalid JSON at byte 0: the text ends too early"),
    ("1", "expected an object"),
    ("[1]", "/0: expected an object"),
    (#"{"value": 1}"#, "/name: is required"),
    (#"{"name": "a"}"#, "/value: is required"),
    (#"{"name": "", "value": 1}"#, "/name: is empty"),
    (#"{"name": 5, "value": 1}"#, "/name: expected a string"),
    (#"{"name": "a", "name": "b", "value": 1}"#, "/name: occurs twice"),
    (#"{"name": "a", "value": null}"#, #"/value: expected a number, or one of "NaN", "Infinity", "-Infinity""#),
    (#"{"name": "a", "value": "1"}"#, #"/value: expected a number, or one of "NaN", "Infinity", "-Infinity""#),
    (
      #"{"name": "a", "value": 1, "vaule": 2}"#,
      "/vaule: is not a member of a sample, which has name, labels, value, time, type, unit, help"
    ),
    (#"{"name": "a", "value": 1, "labels": []}"#, "/labels: expected an object whose values are strings"),
    (#"{"name": "a", "value": 1, "labels": {"x": 1}}"#, "/labels/x: expected a string"),
    (#"{"name": "a", "value": 1, "labels": {"x/~": 1}}"#, "/labels/x~1~0: expected a string"),
    (#"{"name": "a", "value": 1, "labels": {"x": "", "x": ""}}"#, "/labels/x: occurs twice"),
    (#"{"name": "a", "value": 1, "labels": {"": "v"}}"#, "/labels: a label has no name"),
    (
      #"{"name": "a", "value": 1, "labels": {"__name__": "v"}}"#,
      "/labels/__name__: the name of the metric is the member 'name'"
    ),
    (
      #"{"name": "a", "value": 1, "time": 1.5}"#,
      "/time: expected a whole number of milliseconds since 1970, or an RFC 3339 date and time"
    ),
    (
      #"{"name": "a", "value": 1, "type": "Counter"}"#,
      "/type: expected one of unknown, counter, gauge, histogram, gaugehistogram, summary, info, stateset"
    ),
    (#"[{"name": "a", "value": 1}, {"name": "b", "value": true}]"#, "/1/value: expected a number, or one of "),
    ("{\"name\": \"a\", \"value\": 1}\n{\"name\": \"b\"}", "/value: is required (object 2 of the body)"),
    (#"[{"name": "a", "value": 1}"#, "invalid JSON at byte 26: the text ends too early"),
    (#"[{"name": "a", "value": 1}] x"#, "invalid JSON at byte 28: expected the end of the text"),
    (#"{"name": "a", "value": 1} x"#, "invalid JSON at byte 26: expected a value (object 2 of the body)"),
    (#"[[[[[[1]]]]]]"#, "/0: expected an object"),
  ])
  func `a mistake refuses the body and has its place`(json: String, expected: String) {
    let found = mistake(json) ?? "none"
    #expect(found.hasPrefix(expected), "\(found)")
  }

  @Test(
    "a time of today in another unit is said to be that",
    arguments: [
      // Seconds, microseconds and nanoseconds; then times that are what they seem.
      (1_796_061_282, true), (1_796_061_282_000_000, true), (1_796_061_282_000_000_000, true),
      (1_696_061_282_000, false), (1_996_061_282_000, false), (0, false), (-5, false),
    ])
  func unit(time: Int64, hasHint: Bool) throws {
    let decoding = SampleDecoding(earliest: 1_796_000_000_000, latest: 1_796_100_000_000)
    let body = Array(#"{"name": "a", "value": 1, "time": \#(time)}"#.utf8)
    let reason = try #require(try decoding.decode(body, .pushedJSON).reason)
    #expect(reason.contains("its time seems to be in another unit") == hasHint, "\(reason)")
  }

  @Test(
    arguments: [
      (#"{"name": "a", "value": 1, "time": 5}"#, true), (#"{"name": "a", "value": 1}"#, false),
      (#"{"name": "a", "value": 1, "tim\u0065": 5}"#, true), (#"{"labels": {"time": "5"}, "name": "a", "value": 1}"#, false),
      (#"[{"time": 1, "name": "a", "value": 1}, {"name": "a", "value": 1}]"#, false), ("[]", true),
      (#"[{"time": 1, "name": "a", "value": 1}, {"time": 1, "name": "b", "value": 1}]"#, true),
      ("{\"time\": 1}\n{\"value\": 1}", false), ("{\"time\": 1}\n{\"time\": 1}", true), ("", true), ("[1]", true),
    ] as [(String, Bool)])
  func `a body is timed where each sample has a time`(json: String, isTimed: Bool) {
    let found = unsafe Array(json.utf8).withUnsafeBytes { unsafe PushedSamples.isTimed($0) }
    #expect(found == isTimed)
  }

  @Test func `texts and labels have limits in bytes`() {
    func sample(_ members: String) -> String { #"{"value": 1, "name": "n", \#(members)}"# }
    func text(_ count: Int) -> String { String(repeating: "x", count: count) }
    #expect(mistake(#"{"value": 1, "name": "\#(text(1024))"}"#) == nil)
    #expect(mistake(#"{"value": 1, "name": "\#(text(1023))ü"}"#) == "/name: is longer than 1024 bytes")
    #expect(mistake(sample(#""labels": {"a": "\#(text(4096))"}"#)) == nil)
    #expect(mistake(sample(#""labels": {"a": "\#(text(4097))"}"#)) == "/labels/a: is longer than 4096 bytes")
    #expect(mistake(sample(#""labels": {"\#(text(1025))": "a"}"#)) == "/labels: the name of a label is too long")
    #expect(mistake(sample(#""help": "\#(text(4097))""#)) == "/help: is longer than 4096 bytes")
    let labels = (0..<100).map { #""l\#($0)": "v""# }
    #expect(mistake(sample(#""labels": {\#(labels.dropLast().joined(separator: ","))}"#)) == nil)
    #expect(mistake(sample(#""labels": {\#(labels.joined(separator: ","))}"#)) == "/labels: has more than 99 labels")
  }

  @Test func `a sample that cannot be kept is refused alone`() throws {
    let result = try decode(
      #"[{"name": "a", "value": 1, "time": -5}, {"name": "b", "value": 1, "time": "yesterday"}, {"name": "c", "value": 1}]"#
    )
    #expect(result.samples == ["c{} 1 @ 1"])
    #expect(result.rejected == 2)
    #expect(result.reason == "a sample is of 1969-12-31T23:59:59.995Z, before what is kept (metrics.retention)")
    let text = try decode(#"[{"name": "b", "value": 1, "time": "yesterday"}]"#)
    #expect(text.reason == "/0/time: 'yesterday' is not an RFC 3339 date and time of 1970 to 2262")
  }
}
