import Protobuf
import SeriesBytes
import Testing

@testable import RemoteWrite

/// Goal: both messages of remote write are read as their specifications say, and one bad series does not cost the
/// others.
///
/// Method: what the encoder writes, and fields written one by one against it.
@Suite struct RemoteWriteTests {
  private static let stale = Double(bitPattern: 0x7ff0_0000_0000_0002)

  @Test(arguments: RemoteWriteMessage.allCases)
  func `a request that was encoded decodes to the same`(message: RemoteWriteMessage) throws {
    var encoder = RemoteWriteEncoder(message)
    encoder.append(
      labels: [("__name__", "up"), ("job", "nöde")],
      samples: [.init(value: 1, time: 1_700_000_000_123), .init(value: -0.0, time: -5), .init(value: 0, time: 0)])
    encoder.append(
      labels: [("__name__", "requests_total"), ("job", "nöde")], samples: [.init(value: 7, time: 5, startTime: 3)],
      exemplars: [.init(labels: [("trace_id", "abc")], value: 0.5, time: 4), .init(labels: [], value: 1, time: 2)],
      metadata: .init(type: .counter, unit: "requests", help: "How many."))
    if message == .version1 {
      encoder.append(metadata: .init(type: .gauge, help: "Is it there?"), of: "up")
      encoder.append(metadata: .init(type: .unknown, unit: "s"), of: "other")
    }
    let (recorder, counts) = try record(encoder.finish(), message)
    let isFirst = message == .version1
    #expect(
      recorder.series == [
        .init(
          labels: ["__name__=up", "job=nöde"],
          samples: [.init(value: 1, time: 1_700_000_000_123), .init(value: -0.0, time: -5), .init(value: 0, time: 0)]),
        .init(
          labels: ["__name__=requests_total", "job=nöde"],
          samples: [.init(value: 7, time: 5, startTime: isFirst ? 0 : 3)],
          exemplars: ["0.5@4 trace_id=abc", "1.0@2 "],
          metadata: isFirst ? nil : ["counter", "", "requests", "How many."]),
      ])
    #expect(recorder.series[0].samples[1].value.sign == .minus)
    #expect(
      recorder.metadata == (isFirst ? [["gauge", "up", "", "Is it there?"], ["unknown", "other", "s", ""]] : []))
    #expect(counts.series == 2)
    #expect(counts.samples == 4)
    #expect(counts.exemplars == 2)
  }

  @Test(arguments: RemoteWriteMessage.allCases)
  func `the bits of a stale marker are kept`(message: RemoteWriteMessage) throws {
    var encoder = RemoteWriteEncoder(message)
    encoder.append(labels: [("__name__", "up")], samples: [.init(value: Self.stale, time: 1)])
    let (recorder, _) = try record(encoder.finish(), message)
    #expect(recorder.series[0].samples[0].value.bitPattern == Self.stale.bitPattern)
  }

  @Test func `symbols are written once, by their bytes`() throws {
    var encoder = RemoteWriteEncoder(.version2)
    // One character in two spellings, equal to Swift.
    for value in ["\u{e9}", "e\u{301}", "\u{e9}"] {
      encoder.append(labels: [("__name__", "up"), ("a", value)], samples: [.init(value: 1, time: 1)])
    }
    let body = encoder.finish()
    #expect(body.count { $0 == UInt8(ascii: "u") } == 1)
    #expect(body.starts(with: [0x22, 0, 0x22, 8]))
    let (recorder, _) = try record(body, .version2)
    #expect(recorder.series.map { $0.labels[1].utf8.count } == [4, 5, 4])
    #expect(encoder.finish() == [0x22, 0])
  }

  /// A series of each message with some labels and a sample.
  private func body(_ message: RemoteWriteMessage, _ labels: [(String, String)]) -> [UInt8] {
    var encoder = RemoteWriteEncoder(message)
    encoder.append(labels: labels.map { (name: $0.0, value: $0.1) }, samples: [.init(value: 1, time: 1)])
    encoder.append(labels: [("__name__", "next")], samples: [.init(value: 1, time: 1)])
    return encoder.finish()
  }

  private static let faults: [([(String, String)], RemoteWriteFault)] = [
    ([], .noLabels), ([("b", "1"), ("a", "2")], .unsortedLabels), ([("a", "1"), ("a", "2")], .duplicateLabel),
    ([("b", "1"), ("a", "1"), ("b", "2")], .duplicateLabel), ([("", "1")], .emptyLabelName),
    ([("a", "")], .emptyLabelValue), ([("a", "1"), ("ab", "1"), ("a", "1")], .duplicateLabel),
    ([(String(repeating: "a", count: 21), "1")], .labelNameTooLong(limit: 20)),
    ([("a", String(repeating: "a", count: 31))], .labelValueTooLong(limit: 30)),
    ((0..<5).map { ("a\($0)", "1") }, .tooManyLabels(limit: 4)),
  ]

  @Test(arguments: RemoteWriteMessage.allCases, faults.indices)
  func `a mistake in the labels is the series' own`(message: RemoteWriteMessage, index: Int) throws {
    let (labels, fault) = Self.faults[index]
    var limits = RemoteWriteLimits()
    (limits.labelsMax, limits.labelNameBytesMax, limits.labelValueBytesMax) = (4, 20, 30)
    let (recorder, counts) = try record(body(message, labels), message, limits: limits)
    #expect(recorder.series.map(\.fault) == [fault, nil])
    #expect(recorder.series.last?.labels == ["__name__=next"])
    #expect(counts.samples == 2)
  }

  @Test(arguments: RemoteWriteMessage.allCases)
  func `unsorted labels come sorted`(message: RemoteWriteMessage) throws {
    let labels = [("c", "3"), ("__name__", "up"), ("b", "2"), ("a", "1"), ("aa", "4")]
    let (recorder, _) = try record(body(message, labels), message)
    #expect(recorder.series[0].labels == ["__name__=up", "a=1", "aa=4", "b=2", "c=3"])
    #expect(recorder.series[0].fault == .unsortedLabels)
  }

  @Test(arguments: RemoteWriteMessage.allCases)
  func `what is as long as the limits passes`(message: RemoteWriteMessage) throws {
    var limits = RemoteWriteLimits()
    (limits.labelsMax, limits.labelNameBytesMax, limits.labelValueBytesMax) = (1, 8, 30)
    limits.seriesMax = 2
    limits.samplesMax = 2
    limits.symbolsMax = 4
    let labels = [("__name__", String(repeating: "a", count: 30))]
    let (recorder, _) = try record(body(message, labels), message, limits: limits)
    #expect(recorder.series.map(\.fault) == [nil, nil])
  }

  @Test func `bytes that are not UTF-8 are a mistake of the series`() throws {
    let first = message { writer in
      writer.message(1) { writer in
        writer.message(1) { writer in
          writer.bytes(1, [0x61])
          writer.bytes(2, [0xff])
        }
      }
    }
    #expect(try record(first, .version1).0.series[0].fault == .invalidUTF8)
    let second = message { writer in
      for symbol in [[], [0x61], [0xc3]] as [[UInt8]] { writer.bytes(4, symbol) }
      writer.message(5) { writer in
        writer.packedVarint(1, [1, 2])
        writer.message(2) { _ in }
      }
    }
    #expect(try record(second, .version2).0.series[0].fault == .invalidUTF8)
  }

  private func message(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var writer = ProtobufWriter()
    body(&writer)
    return writer.bytes
  }

  /// A request of 2.0 with the symbols ``, a, b, c and one series.
  private func series(_ body: (inout ProtobufWriter) -> Void) throws -> Recorder.Series {
    let bytes = message { writer in
      // The series stands before the symbols, which protobuf allows.
      writer.message(5, body)
      for symbol in ["", "a", "b", "c"] { writer.string(4, symbol) }
    }
    return try #require(try record(bytes, .version2).0.series.first)
  }

  @Test func `references are read packed and one by one`() throws {
    let found = try series { writer in
      writer.varint(1, 1)
      writer.packedVarint(1, [2, 3, 1])
      writer.message(2) { _ in }
    }
    #expect(found.labels == ["a=b", "c=a"])
    #expect(found.fault == nil)
    #expect(found.samples == [.init(value: 0, time: 0)])
  }

  @Test func `mistakes of 2_0 are the series' own`() throws {
    func fault(_ references: [UInt64], samples: Int = 1, histograms: Int = 0) throws -> RemoteWriteFault? {
      try series { writer in
        writer.packedVarint(1, references)
        for _ in 0..<samples { writer.message(2) { _ in } }
        for _ in 0..<histograms { writer.message(3) { $0.varint(1, 5) } }
      }.fault
    }
    #expect(try fault([1, 2]) == nil)
    #expect(try fault([1, 2], samples: 0, histograms: 2) == nil)
    #expect(try fault([1, 4]) == .unknownSymbol(4))
    #expect(try fault([1, 2, 3]) == .oddReferences)
    #expect(try fault([0, 1]) == .emptyLabelName)
    #expect(try fault([1, 0]) == .emptyLabelValue)
    #expect(try fault([]) == .noLabels)
    #expect(try fault([1, 2], samples: 0) == .noSamples)
    #expect(try fault([1, 2], histograms: 1) == .samplesAndHistograms)
  }

  @Test func `metadata that refer to nothing are a mistake of the series`() throws {
    let found = try series { writer in
      writer.packedVarint(1, [1, 2])
      writer.message(2) { _ in }
      writer.message(5) { writer in
        writer.varint(1, 99)
        writer.varint(3, 2)
        writer.varint(4, 4)
      }
    }
    #expect(found.fault == .unknownSymbol(4))
    #expect(found.metadata == ["unknown", "", "", "b"])
  }

  @Test func `the created time of a series is that of samples without one`() throws {
    let found = try series { writer in
      writer.packedVarint(1, [1, 2])
      writer.message(2) { $0.varint(2, 10) }
      writer.message(2) { writer in
        writer.varint(2, 11)
        writer.varint(3, 9)
      }
      writer.varint(6, 8)
    }
    #expect(found.samples.map(\.startTime) == [8, 9])
  }

  @Test(
    arguments: [
      ([1, 2], ["1.5@7 a=b"], 0), ([], ["1.5@7 "], 0), ([1], [], 1), ([1, 9], [], 1), ([1, 2, 1, 3], [], 1),
      ([3, 2, 1, 2], ["1.5@7 a=b,c=b"], 0),
    ] as [([UInt64], [String], Int)])
  func `an exemplar with a mistake is counted alone`(references: [UInt64], kept: [String], refused: Int) throws {
    let found = try series { writer in
      writer.packedVarint(1, [1, 2])
      writer.message(2) { _ in }
      writer.message(4) { writer in
        writer.packedVarint(1, references)
        writer.double(2, 1.5)
        writer.varint(3, 7)
      }
      writer.message(4) { $0.packedVarint(1, [2, 3]) }
    }
    #expect(found.exemplars == kept + ["0.0@0 b=c"])
    #expect(found.refusedExemplars == refused)
    #expect(found.fault == nil)
  }

  @Test func `native histograms are counted and not read`() throws {
    let bytes = message { writer in
      writer.message(1) { writer in
        writer.message(1) { writer in
          writer.string(1, "a")
          writer.string(2, "b")
        }
        for _ in 0..<3 { writer.bytes(4, [0xff, 0xff]) }
      }
    }
    let (recorder, counts) = try record(bytes, .version1)
    #expect(recorder.series[0].histograms == 3)
    #expect(counts.nativeHistograms == 3)
  }

  @Test(arguments: RemoteWriteMessage.allCases)
  func `limits of the request refuse it`(message: RemoteWriteMessage) throws {
    let bytes = body(message, [("a", "1")])
    func reason(_ change: (inout RemoteWriteLimits) -> Void) -> RemoteWriteError.Reason? {
      var limits = RemoteWriteLimits()
      change(&limits)
      do throws(RemoteWriteError) { _ = try record(bytes, message, limits: limits) } catch { return error.reason }
      return nil
    }
    #expect(reason { $0.seriesMax = 1 } == .tooManySeries(limit: 1))
    #expect(reason { $0.samplesMax = 1 } == .tooManySamples(limit: 1))
    #expect(reason { $0.symbolsMax = 4 } == (message == .version2 ? .tooManySymbols(limit: 4) : nil))
  }

  @Test func `exemplars beyond the limit are counted`() throws {
    var encoder = RemoteWriteEncoder(.version1)
    let exemplars = (0..<5).map { RemoteWriteEncoder.Exemplar(labels: [("a", "\($0)")], value: 1, time: 1) }
    encoder.append(labels: [("a", "b")], samples: [], exemplars: exemplars)
    var limits = RemoteWriteLimits()
    limits.exemplarsMax = 3
    let (recorder, _) = try record(encoder.finish(), .version1, limits: limits)
    #expect(recorder.series[0].exemplars == ["1.0@1 a=0", "1.0@1 a=1", "1.0@1 a=2"])
    #expect(recorder.series[0].refusedExemplars == 2)
  }

  @Test func `long texts of metadata are cut between characters`() throws {
    var limits = RemoteWriteLimits()
    limits.metadataBytesMax = 4
    var encoder = RemoteWriteEncoder(.version1)
    encoder.append(metadata: .init(type: .info, help: "abcé"), of: "up")
    encoder.append(metadata: .init(type: .info), of: "")
    let (recorder, counts) = try record(encoder.finish(), .version1, limits: limits)
    #expect(recorder.metadata == [["info", "up", "", "abc"]])
    #expect(counts.refusedMetadata == 1)
  }

  @Test func `the first symbol is empty`() {
    #expect(throws: RemoteWriteError(.noEmptySymbol, offset: 1)) { try record([0x22, 1, 0x61], .version2) }
    #expect(throws: Never.self) { try record([], .version2) }
  }

  @Test(arguments: RemoteWriteMessage.allCases)
  func `a request that is cut anywhere is malformed or shorter`(message: RemoteWriteMessage) throws {
    let bytes = body(message, [("__name__", "up"), ("a", "b")])
    let decoder = RemoteWriteDecoder()
    let whole = try record(bytes, message, decoder).0.series
    for count in 0..<bytes.count {
      do throws(RemoteWriteError) {
        let part = try record([UInt8](bytes[..<count]), message, decoder).0.series
        #expect(part.count < whole.count)
      } catch {
        #expect(error.offset <= count)
      }
    }
  }

  @Test func `the message of the other version has nothing to say`() throws {
    #expect(try record(body(.version1, [("a", "b")]), .version2).1.series == 0)
    #expect(try record(body(.version2, [("a", "b")]), .version1).1.series == 0)
  }

  @Test func `a sender says the version of the specification`() {
  }

  @Test(
    arguments: [
      ("application/x-protobuf", .version1), ("Application/X-Protobuf ; charset=x", .version1),
      ("application/x-protobuf;proto=prometheus.WriteRequest", .version1),
      ("application/x-protobuf; proto=io.prometheus.write.v2.Request", .version2),
      ("application/x-protobuf;proto=io.prometheus.write.v3.Request", nil), ("application/json", nil), ("", nil),
    ] as [(String, RemoteWriteMessage?)])
  func `the content type names the message`(contentType: String, message: RemoteWriteMessage?) {
    #expect(RemoteWriteMessage(contentType: contentType) == message)
    if let message { #expect(RemoteWriteMessage(contentType: message.contentType) == message) }
  }
}
