import Base
import Collection
import Feature
import RemoteWrite
import SeriesBytes
import System
import Testing

@testable import FleetFeature

struct SampleEncoderTests {
  private static let family = CollectedFamily(
    "test_bytes", .gauge, "Bytes.", unit: "bytes", labelNames: ["zone", "empty", "a"])

  /// Gives the devices that it has.
  private final class Devices: Collector {
    let name = "test"
    var names: [String] = []

    func collect(into collected: inout Collected) throws(CollectionProblem) {
      for name in names { collected.append(SampleEncoderTests.family, labels: [name, "", "x"], 1.5) }
    }
  }

  /// The requests that an encoder for other clients makes of the same.
  private static func expected(_ samples: [(zone: String, value: Double)], time: Int64) -> [UInt8] {
    var encoder = RemoteWriteEncoder(.version1)
    for sample in samples {
      encoder.append(
        labels: [("__name__", "test_bytes"), ("a", "x"), ("instance", "box"), ("job", "node"), ("zone", sample.zone)],
        samples: [RemoteWriteSample(value: sample.value, time: time)])
    }
    return encoder.finish()
  }

  @Test func `batches are requests of remote write with the labels of the machine`() {
    let devices = Devices()
    var collected = Collected(collectors: ["test"])
    var encoder = RemoteWriteSampleEncoder(SampleSource(instance: "box"))
    devices.names = ["z1", "z2"]
    for (time, names) in [(Int64(1_796_000_000_000), ["z1", "z2"]), (1_796_000_001_000, ["z2"])] {
      devices.names = names
      collected.begin(at: UnixNanoseconds(time * 1_000_000))
      collected.run(devices, number: 0)
      let (request, sampleCount) = encoder.encode(collected)
      // Two series say how the collector went.
      #expect(sampleCount == 4)
      let own = Self.expected(names.map { ($0, 1.5) }, time: time)
      #expect(Array(request.prefix(own.count)) == own)
    }
    // The series that ended comes last.
    let (request, _) = encoder.encode(collected)
    let ended = Self.expected([("z1", RemoteWriteSampleEncoder.staleMarker)], time: 1_796_000_001_000)
    #expect(Array(request.suffix(ended.count)) == ended)
  }

  @Test func `what a family means is written once`() {
    let devices = Devices()
    devices.names = ["z1"]
    var collected = Collected(collectors: ["test"])
    var encoder = RemoteWriteSampleEncoder(SampleSource(instance: "box"))
    var sizes: [Int] = []
    for time in 1...3 {
      collected.begin(at: UnixNanoseconds(Int64(time) * 1_000_000_000_000_000))
      collected.run(devices, number: 0)
      sizes.append(encoder.encode(collected).request.count)
    }
    #expect(sizes[0] > sizes[1])
    #expect(sizes[1] == sizes[2])
  }

  @Test(arguments: [
    ("node_cpu_seconds_total", true), ("total", true), ("node_load1", false), ("a_total_b_total", false),
    ("node_total_seconds", false), ("subtotal", false), ("x_subtotal", false),
  ])
  func `a counter is a sum where that keeps its name`(name: String, isSum: Bool) {
    #expect(OTLPSampleEncoder.isNameOfSum(name) == isSum)
  }

  @Test func `both ways of sending have as many samples, and a known series costs the same each time`() {
    let devices = Devices()
    devices.names = ["z1", "z2"]
    var collected = Collected(collectors: ["test"])
    let source = SampleSource(instance: "box", labels: [("rack", "r1"), ("zone", "hidden")])
    var encoders = SampleFormat.allCases.map { $0.makeEncoder(source) }
    var sizes: [[Int]] = [[], []]
    for time in 1...4 {
      if time == 4 { devices.names = ["z2"] }
      collected.begin(at: UnixNanoseconds(Int64(time) * 1_000_000_000_000_000))
      collected.run(devices, number: 0)
      for number in encoders.indices {
        let (request, sampleCount) = encoders[number].encode(collected)
        // Two say how the collector went; of two devices one ends.
        #expect(sampleCount == 4)
        sizes[number].append(request.count)
      }
    }
    for size in sizes { #expect(size[1] == size[2]) }
    let text = String(decoding: encoders[1].encode(collected).request, as: UTF8.self)
    #expect(text.contains("service.instance.id"))
    #expect(text.contains("rack"))
    // The family has a label of that name; the two series of the collector have none.
    #expect(text.split(separator: "hidden", omittingEmptySubsequences: false).count == 3)
  }
}
