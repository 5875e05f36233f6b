import Base
import Collection
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
    var encoder = SampleEncoder(SampleSource(instance: "box"))
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
    let ended = Self.expected([("z1", SampleEncoder.staleMarker)], time: 1_796_000_001_000)
    #expect(Array(request.suffix(ended.count)) == ended)
  }

  @Test func `what a family means is written once`() {
    let devices = Devices()
    devices.names = ["z1"]
    var collected = Collected(collectors: ["test"])
    var encoder = SampleEncoder(SampleSource(instance: "box"))
    var sizes: [Int] = []
    for time in 1...3 {
      collected.begin(at: UnixNanoseconds(Int64(time) * 1_000_000_000_000_000))
      collected.run(devices, number: 0)
      sizes.append(encoder.encode(collected).request.count)
    }
    #expect(sizes[0] > sizes[1])
    #expect(sizes[1] == sizes[2])
  }
}
