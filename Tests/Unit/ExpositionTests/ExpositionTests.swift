import SeriesBytes
import Testing

@testable import Exposition

/// Goal: the text format is read as leniently as Prometheus reads it, OpenMetrics as strictly as it demands, and a
/// mistake is named with its place.
@Suite struct ExpositionTests {
  @Test(arguments: [
    ("up 1", "{__name__=up} 1.0"), ("up{} 1", "{__name__=up} 1.0"), ("up 1 5", "{__name__=up} 1.0 @5"),
    ("up\t1\t-5", "{__name__=up} 1.0 @-5"), ("  up  1  5  ", "{__name__=up} 1.0 @5"),
    ("up{job=\"a\"} 1", "{__name__=up,job=a} 1.0"), ("up{ job = \"a\" , b=\"c\", } 1", "{__name__=up,b=c,job=a} 1.0"),
    ("up {job=\"a\"} 1", "{__name__=up,job=a} 1.0"), ("up{job=\"a\"}1", "{__name__=up,job=a} 1.0"),
    ("up{A=\"1\",a=\"2\"} 1", "{A=1,__name__=up,a=2} 1.0"), ("up{job=\"\"} 1", "{__name__=up} 1.0"),
    ("up{job=\"a\\\\b\\\"c\\nd\\e\"} 1", "{__name__=up,job=a\\b\"c\nd\\e} 1.0"),
    ("{\"a.b\"} 1", "{__name__=a.b} 1.0"), ("{\"a.b\",l=\"x\",\"m n\"=\"y\"} 1", "{__name__=a.b,l=x,m n=y} 1.0"),
    ("{l=\"x\",\"a.b\"} 1", "{__name__=a.b,l=x} 1.0"), ("a:b:c 1", "{__name__=a:b:c} 1.0"),
    ("up NaN", "{__name__=up} nan"), ("up -Inf", "{__name__=up} -inf"),
    ("up{job=\"nöde\"} 1e3", "{__name__=up,job=nöde} 1000.0"),
  ])
  func `a sample of the text format is read`(line: String, sample: String) throws {
    #expect(try record(line, .text).samples == [sample])
    #expect(try record("\n# any comment\n#\n" + line + "\n\n", .text).samples == [sample])
  }

  @Test(arguments: [
    ("up", 3, "the value is missing"), ("up x", 4, "the value is not a number"),
    ("up 1\r", 4, "the line ends with a carriage return"),
    ("up 1 x", 6, "the time is not a whole"),
    ("up 1 1.5", 6, "the time is not a whole"), ("up 1 2 3", 8, "nothing may follow"),
    ("1up 1", 1, "begins with the name"),
    ("up{a} 1", 5, "'=' is missing"), ("up{a=b} 1", 6, "not in quotation marks"),
    ("up{a=\"b} 1", 6, "no closing quotation"),
    ("up{a=\"b\" 1", 10, "a comma is missing"), ("up{a=\"b\"", 9, "no closing '}'"),
    ("up{a=\"1\",a=\"2\"} 1", 16, "the same name"),
    ("up{__name__=\"x\"} 1", 17, "the same name"), ("up{=\"b\"} 1", 4, "name of a label is missing"),
    ("{} 1", 3, "no name"),
    ("{\"a\",\"b\"} 1", 9, "'=' is missing"), ("up{a.b=\"c\"} 1", 5, "'=' is missing"), ("{\"\"} 1", 4, "is missing"),
    ("# TYPE up meter", 11, "'meter' is not a type"), ("# HELP {x", 8, "name of a metric is missing"),
    ("up 0x1p3", 4, "not a number"),
    ("up 1_000", 4, "not a number"), ("up 1 9223372036854775808", 6, "whole number"), (",a 1", 1, "begins with"),
  ])
  func `a mistake is named with its place`(line: String, column: Int, reason: String) {
    do throws(ExpositionError) {
      _ = try record("up 1\n" + line + "\n", .text)
      Issue.record("\(line) was taken")
    } catch {
      #expect(error.line == 2)
      #expect(error.column == column, "\(error)")
      #expect(error.reason.contains(reason), "\(error)")
    }
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    #expect(throws: ExpositionError(line: 1, column: 6, reason: "a text is not valid UTF-8")) {
      try record(Array("up{a=\"".utf8) + [0xff] + Array("\"} 1".utf8), .text)
    }
  }

  @Test func `metadata come before the first sample of their family`() throws {
    let text = """
      # HELP a_total How\\n many \\\\ "a".
      # TYPE a_total counter
      a_total 1
      # TYPE b histogram
      b_bucket{le="+Inf"} 1
      b_sum 1
      # HELP c Only help.
      c 1
      # TYPE d untyped
      # TYPE "e.f" gauge
      {"e.f"} 1
      """
    let recorder = try record(text, .text)
    #expect(
      recorder.families == [
        ExpositionFamily(name: "a_total", type: .counter, unit: "", help: "How\n many \\ \"a\"."),
        ExpositionFamily(name: "b", type: .histogram, unit: "", help: ""),
        ExpositionFamily(name: "c", type: .unknown, unit: "", help: "Only help."),
        ExpositionFamily(name: "d", type: .unknown, unit: "", help: ""),
        ExpositionFamily(name: "e.f", type: .gauge, unit: "", help: ""),
      ])
    #expect(
      recorder.order == [
        "family a_total", "a_total", "family b", "b_bucket", "b_sum", "family c", "c", "family d", "family e.f", "e.f",
      ])
  }

  @Test func `OpenMetrics has units, created times, seconds and exemplars`() throws {
    let text = """
      # TYPE a_seconds counter
      # UNIT a_seconds seconds
      # HELP a_seconds Says \\"a\\".
      a_seconds_total{z="1",b="2"} 3 1.5 # {trace_id="x",a="é"} 0.5 1.2349
      a_seconds_created{z="1",b="2"} 1.5 1.5
      # TYPE "b.c" gauge
      {"b.c","d e"="f"} -1
      plain 1
      # EOF

      """
    let recorder = try record(text, .openMetrics)
    #expect(
      recorder.families == [
        ExpositionFamily(name: "a_seconds", type: .counter, unit: "seconds", help: "Says \"a\"."),
        ExpositionFamily(name: "b.c", type: .gauge, unit: "", help: ""),
        ExpositionFamily(name: "plain", type: .unknown, unit: "", help: ""),
      ])
    #expect(
      recorder.samples == [
        "{__name__=a_seconds_total,b=2,z=1} 3.0 @1500 # {a=é,trace_id=x} 0.5 @1234",
        "{__name__=a_seconds_created,b=2,z=1} 1.5 @1500", "{__name__=b.c,d e=f} -1.0", "{__name__=plain} 1.0",
      ])
  }

  /// What Prometheus 2.42 stores of such a page (`promtool tsdb create-blocks-from openmetrics`).
  @Test(arguments: [
    ("1700000000.0015", 1_700_000_000_001), ("1700000000.0006", 1_700_000_000_000), ("1700000000.0019", 1_700_000_000_001),
    ("1700000001.001", 1_700_000_001_001), ("1700000008.29", 1_700_000_008_290), ("1.001", 1_000), ("4.35", 4_350),
    ("0.29", 290), ("-0.0019", -1),
  ])
  func `a time of OpenMetrics is cut to milliseconds`(text: String, time: Int) throws {
    let recorder = try record("# TYPE a gauge\na 1 \(text)\n# EOF\n", .openMetrics)
    #expect(recorder.samples == ["{__name__=a} 1.0 @\(time)"])
  }

  @Test func `the limit of an exemplar's characters is a rule that only strict parsing holds`() throws {
    func page(_ count: Int) -> String {
      "# TYPE a counter\na_total 1 # {k=\"\(String(repeating: "é", count: count))\"} 1\n# EOF"
    }
    #expect(try record(page(127), .openMetrics).samples.count == 1)
    #expect(throws: ExpositionError.self) { try record(page(128), .openMetrics) }
    #expect(try record(page(128), .openMetrics, isStrict: false).samples.count == 1)
  }

  @Test(arguments: [
    ("a 1\n", 2, "does not end with '# EOF'"), ("a 1", 1, "does not end with"), ("", 1, "does not end with"),
    ("a  1\n# EOF", 1, "the value is missing"),
    ("a 1 \n# EOF", 1, "an exemplar begins"), ("# EOF\na 1", 2, "nothing may follow '# EOF'"),
    ("# TYPE a counter\na 1\n# EOF", 2, "that of an earlier family"), ("a 1\n# comment\n# EOF", 2, "begins with '#'"),
    ("# TYPE a counter\na_total 1 # {} 1\na_total -1\n# EOF", 3, "neither negative"),
    ("# TYPE a gauge\na{b=\"1\"} 1\na{b=\"2\"} 1\na{b=\"1\"} 2\n# EOF", 4, "do not stand together"),
  ])
  func `a mistake of OpenMetrics is named with its line`(text: String, line: Int, reason: String) {
    do throws(ExpositionError) {
      _ = try record(text, .openMetrics)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.line == line)
      #expect(error.reason.contains(reason), "\(error)")
    }
  }

  @Test func `a scrape takes what only breaks OpenMetrics' rules`() throws {
    let text = """
      # TYPE a histogram
      a_bucket{le="-1"} 1
      a_bucket{le="+Inf"} 2
      a_sum -5
      a_count 2
      b 1 # {x="y"} 1
      # TYPE a histogram
      a_bucket{le="-1"} 0
      # EOF
      """
    #expect(throws: ExpositionError.self) { try record(text, .openMetrics) }
    let recorder = try record(text, .openMetrics, isStrict: false)
    #expect(recorder.samples.count == 6)
    #expect(recorder.families.map(\.name) == ["a", "a"])
    #expect(throws: ExpositionError.self) { try record("a 1\n", .openMetrics, isStrict: false) }
  }

  @Test func `limits are held`() throws {
    func reason(_ line: String, _ change: (inout ExpositionLimits) -> Void) -> String? {
      var limits = ExpositionLimits()
      change(&limits)
      do throws(ExpositionError) { _ = try record(line, .text, limits: limits) } catch { return error.reason }
      return nil
    }
    let line = "name{a=\"value\",b=\"x\"} 1"
    #expect(reason(line) { $0.bodyBytesMax = line.utf8.count - 1 }?.contains("more than the limit") == true)
    #expect(reason(line) { $0.lineBytesMax = line.utf8.count - 1 }?.contains("the line is longer") == true)
    #expect(reason(line) { $0.labelsMax = 1 } == "more than 1 labels")
    #expect(reason(line) { $0.nameBytesMax = 3 } == "a name is longer than 3 bytes")
    #expect(reason(line) { $0.valueBytesMax = 4 } == "a text is longer than 4 bytes")
    let exact = reason(line) {
      ($0.bodyBytesMax, $0.lineBytesMax) = (line.utf8.count, line.utf8.count)
      ($0.labelsMax, $0.nameBytesMax, $0.valueBytesMax) = (2, 4, 5)
    }
    #expect(exact == nil)
  }

  @Test func `a parser is used again`() throws {
    var parser = ExpositionParser(.openMetrics)
    for _ in 0..<2 {
      var recorder = Recorder()
      try parser.parse(Array("# TYPE a counter\na_total 1\n# EOF\n".utf8).span, into: &recorder)
      #expect(recorder.samples.count == 1)
      #expect(throws: ExpositionError.self) {
        try parser.parse(Array("# TYPE a counter\na_total".utf8).span, into: &recorder)
      }
    }
  }

  @Test(arguments: [
    ("text/plain; version=0.0.4", ExpositionFormat.text), ("", .text), ("application/json", .text),
    ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
    ("Application/OpenMetrics-Text", .openMetrics),
  ])
  func `the content type names the format`(contentType: String, format: ExpositionFormat) {
    #expect(ExpositionFormat(contentType: contentType) == format)
  }
}
