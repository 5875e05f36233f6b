import RemoteWrite
import Testing

@testable import MetricsIngest

/// Goal: exemplars come with every form of samples, and one that cannot be taken costs no sample.
///
/// Method: one request each, decoded as a lane does.
@Suite struct ExemplarTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let span = "b7ad6b7169203331"

  /// In 1970, so that no exemplar is too old.
  private static let latest: Int64 = 1_000_000

  private typealias Exemplar = RemoteWriteEncoder.Exemplar
  private typealias Labels = [RemoteWriteEncoder.Label]

  private static func request(
    _ message: RemoteWriteMessage, _ exemplars: [Exemplar], samples: [RemoteWriteSample] = []
  ) -> [UInt8] {
    var encoder = RemoteWriteEncoder(message)
    encoder.append(labels: [("__name__", "m")], samples: samples, exemplars: exemplars)
    return encoder.finish()
  }

  private static func decode(_ exemplars: [Exemplar], limit: Int = 10) throws -> SampleDecoding.Result {
    try SampleDecoding(exemplarsPerSeriesMax: limit).decode(request(.version1, exemplars), .remoteWrite1)
  }

  private static let labelCases: [(labels: Labels, expected: String?)] = [
    ([("trace_id", trace), ("span_id", span)], "trace \(trace) span \(span)"),
    ([("trace_id", trace.uppercased()), ("user", "é")], "trace \(trace) user=é"),
    ([], ""),
    // What is no valid id stays a label.
    ([("span_id", "b7"), ("trace_id", "abc")], "span_id=b7 trace_id=abc"),
    ([("trace_id", String(repeating: "0", count: 32))], "trace_id=" + String(repeating: "0", count: 32)),
    ([("trace_id", String(repeating: "g", count: 32))], "trace_id=" + String(repeating: "g", count: 32)),
    ([("traceID", trace)], "traceID=\(trace)"),
    // 128 characters, whatever their bytes, and one more.
    ([("k", String(repeating: "é", count: 127))], "k=" + String(repeating: "é", count: 127)),
    ([("k", String(repeating: "é", count: 128))], nil),
    ([("k", String(repeating: "x", count: 88)), ("trace_id", trace)], nil),
    ([("k", "1"), ("k", "2")], nil),
    ([("trace_id", trace), ("trace_id", trace)], nil),
  ]

  @Test(arguments: labelCases.indices, [SampleEncoding.remoteWrite1, .remoteWrite2])
  func `ids become columns, other labels stay`(index: Int, encoding: SampleEncoding) throws {
    let (labels, expected) = Self.labelCases[index]
    let message = encoding == .remoteWrite1 ? RemoteWriteMessage.version1 : .version2
    let result = try SampleDecoding(latest: Self.latest).decode(
      Self.request(message, [Exemplar(labels: labels, value: 0.5, time: 7)]), encoding)
    #expect(result.exemplars == (expected.map { [$0.isEmpty ? "m{} 0.5 @ 7" : "m{} 0.5 @ 7 \($0)"] } ?? []))
    #expect(result.refusedExemplars == (expected == nil ? 1 : 0))
    #expect(result.rejected == 0)
    #expect(result.reason == nil)
  }

  private static let refused: [(Exemplar, String)] = [
    (Exemplar(labels: [], value: 1, time: -1), "before 1970"),
    (Exemplar(labels: [], value: 1, time: 4_000_000_000_001), "in the future"),
    (Exemplar(labels: [], value: 1, time: 4_000_000_000_000 - 501 * 86_400_000), "older than 500 days"),
  ]

  @Test(arguments: refused.indices)
  func `an exemplar that cannot be taken costs no sample`(index: Int) throws {
    let sample = RemoteWriteSample(value: 3, time: 5)
    let result = try SampleDecoding().decode(
      Self.request(.version1, [Self.refused[index].0], samples: [sample]), .remoteWrite1)
    #expect(result.samples == ["m{} 3 @ 5"])
    #expect(result.exemplars.isEmpty, "\(Self.refused[index].1)")
    #expect(result.refusedExemplars == 1)
    #expect(result.rejected == 0)
  }

  @Test func `one that comes twice is one, and late ones are taken`() throws {
    let late: Int64 = 4_000_000_000_000 - 400 * 86_400_000
    let result = try Self.decode([
      Exemplar(labels: [("a", "1")], value: 1, time: 4_000_000_000_000),
      Exemplar(labels: [("a", "1")], value: 1, time: 4_000_000_000_000),
      Exemplar(labels: [("a", "2")], value: 1, time: 4_000_000_000_000),
      Exemplar(labels: [("a", "1")], value: 1, time: late),
    ])
    #expect(
      result.exemplars == ["m{} 1 @ \(late) a=1", "m{} 1 @ 4000000000000 a=1", "m{} 1 @ 4000000000000 a=2"])
    #expect(result.refusedExemplars == 0)
  }

  @Test(arguments: [0, 1, 3, 100])
  func `of a series only as many are taken as a request may have`(limit: Int) throws {
    let exemplars = (0..<120).map { Exemplar(labels: [], value: Double($0), time: 4_000_000_000_000) }
    let result = try Self.decode(exemplars, limit: limit)
    #expect(result.exemplars.count == limit)
    #expect(result.refusedExemplars == 120 - limit)
    // Prometheus sends a series for each.
    var encoder = RemoteWriteEncoder(.version1)
    for exemplar in exemplars { encoder.append(labels: [("__name__", "m")], samples: [], exemplars: [exemplar]) }
    let apart = try SampleDecoding(exemplarsPerSeriesMax: limit).decode(encoder.finish(), .remoteWrite1)
    #expect(apart.exemplars == result.exemplars)
    #expect(apart.refusedExemplars == 120 - limit)
  }

  @Test func `a request has a limit of exemplars`() throws {
    var encoder = RemoteWriteEncoder(.version1)
    for number in 0..<10_010 {
      encoder.append(
        labels: [("__name__", "m"), ("n", "\(number)")], samples: [],
        exemplars: [Exemplar(labels: [], value: 1, time: 4_000_000_000_000)])
    }
    let result = try SampleDecoding(activeSeriesMax: 100_000).decode(encoder.finish(), .remoteWrite1)
    #expect(result.exemplars.count == 10_000)
    #expect(result.refusedExemplars == 10)
  }

  @Test func `exemplars of series beyond the limit are refused, and those of a series with a fault`() throws {
    var encoder = RemoteWriteEncoder(.version1)
    let exemplar = Exemplar(labels: [], value: 1, time: 4_000_000_000_000)
    for name in ["a", "b", "c"] {
      encoder.append(labels: [("__name__", name)], samples: [], exemplars: [exemplar])
    }
    encoder.append(labels: [("job", "nameless")], samples: [], exemplars: [exemplar])
    let result = try SampleDecoding(activeSeriesMax: 2).decode(encoder.finish(), .remoteWrite1)
    #expect(result.exemplars == ["a{} 1 @ 4000000000000", "b{} 1 @ 4000000000000"])
    #expect(result.refusedExemplars == 2)
    #expect(result.rejected == 0)
  }

  @Test func `a page has exemplars with a time, and with that of their sample`() throws {
    let long = String(repeating: "x", count: 129)
    let page = """
      # TYPE m counter
      m_total{a="1"} 3 # {trace_id="\(Self.trace)"} 0.5 2.25
      m_total{a="2"} 3 2.5 # {k="v"} 0.5
      m_total{a="3"} 3 # {} 0.5
      m_total{a="4"} 4 # {k="\(long)"} 0.5
      # EOF

      """
    let result = try SampleDecoding(latest: Self.latest).decode(Array(page.utf8), .openMetricsText)
    #expect(
      result.exemplars == [
        #"m_total{a="1"} 0.5 @ 2250 trace \#(Self.trace)"#, #"m_total{a="2"} 0.5 @ 2500 k=v"#,
        #"m_total{a="3"} 0.5 @ 1"#,
      ])
    #expect(result.refusedExemplars == 1)
    #expect(result.samples.count == 4, "one with too many characters does not refuse its page")
    let none = try SampleDecoding(exemplarsPerSeriesMax: 0).decode(Array(page.utf8), .openMetricsText)
    #expect(none.exemplars.isEmpty)
    #expect(none.samples.count == 4)
  }
}
