import RemoteWrite
import Testing

struct RepeatedSeriesWriterTests {
  @Test(arguments: [
    (0.0, Int64(1)), (1.5, 1_796_000_000_000), (-0.0, 127), (.infinity, 128), (.greatestFiniteMagnitude, .max), (1, -1),
  ])
  func `a request is that of the encoder`(value: Double, time: Int64) {
    let long: [RemoteWriteEncoder.Label] = [("__name__", "m"), ("text", String(repeating: "x", count: 300))]
    var writer = RepeatedSeriesWriter()
    #expect(writer.isNew(3))
    writer.add(3, labels: long)
    writer.add(0, labels: [("__name__", "n")])
    #expect(!writer.isNew(3))
    #expect(writer.isNew(1))
    for _ in 0..<2 {
      writer.append(3, value, at: time)
      writer.append(0, 2, at: 5)
      var encoder = RemoteWriteEncoder(.version1)
      encoder.append(labels: long, samples: [RemoteWriteSample(value: value, time: time)])
      encoder.append(labels: [("__name__", "n")], samples: [RemoteWriteSample(value: 2, time: 5)])
      // The encoder leaves out a value of zero, which says the same.
      if value.bitPattern != 0 { #expect(writer.finish() == encoder.finish()) } else { _ = writer.finish() }
    }
    writer.forgetSeries()
    #expect(writer.isNew(3))
    #expect(writer.finish().isEmpty)
  }
}
