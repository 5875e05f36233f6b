import Attribution
import Base
import Feature
import FleetTables
import Glibc
import Prices
import Testing

@testable import AttributionReading
@testable import EnergyAccounting

/// Goal: the example of docs/energy.md is what the program computes.
///
/// Method: the example is computed, and its table is looked for in the document, line by line.
@Suite struct WorkedExampleTests {
  private static let second: Int64 = 1_000_000_000
  private static let start: Int64 = 1_780_000_020 / 60 * 60 * second

  private static let prices = PriceList(
    currency: "EUR",
    electricity: [
      ElectricityTerms(
        from: .allTimes, pricePerKilowattHour: 0.30, carbonGramsPerKilowattHour: 400, powerUsageEffectiveness: 1.2)
    ], gpus: [GPUPrices(prices: [.init(from: .allTimes, perHour: 3.6)])])

  private static func use(_ range: Range<Int64>) -> SharedUse {
    var samples = GPUSamples(uuid: "GPU-1")
    for offset in -2...62 as ClosedRange<Int64> {
      samples.input.energy.times.append(start + offset * second)
      samples.input.energy.values.append(Double(500 * (offset + 2)))
    }
    var spans = KnownSpans()
    let requests: [(UInt64, String, Range<Int64>, UInt64)] = [(1, "A", 0..<40, 2_000), (2, "B", 20..<40, 3_000)]
    for (number, name, seconds, tokens) in requests {
      spans.traceIDs.append(TraceID(high: 1, low: number))
      spans.spanIDs.append(SpanID(number))
      spans.parentIDs.append(nil)
      spans.starts.append(start + seconds.lowerBound * second)
      spans.ends.append(start + seconds.upperBound * second)
      spans.services.append("")
      spans.models.append(name)
      spans.providers.append("")
      spans.operations.append("")
      spans.inputTokens.append(nil)
      spans.outputTokens.append(tokens)
      spans.gpuIDs.append(["GPU-1"])
      spans.counts.append(true)
    }
    var resource = ResourceInput(id: "GPU-1")
    resource.spans = spans.spanIDs.indices.map { row in
      SpanInterval(
        traceID: spans.traceIDs[row], spanID: spans.spanIDs[row], start: spans.starts[row], end: spans.ends[row],
        tokens: Double(spans.outputTokens[row] ?? 0))
    }
    samples.input.resources = [resource]
    let attribution = BoardAttribution(samples.input, in: range)
    let uses = spans.spanIDs.indices.map {
      SpanGPUUse(span: $0, gpuID: "GPU-1", board: 0, use: attribution.resources[0].uses[$0])
    }
    return SharedUse(
      spans: spans, tenants: [.default, .default],
      attributed: AttributedSpans(
        boards: [AttributedBoard(samples: samples, attribution: attribution)], uses: uses, warnings: []))
  }

  /// Up to four significant digits.
  private static func text(_ value: Double) -> String {
    var scale = 1.0
    while value * scale < 1_000, scale < 1e9 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return Int(exactly: rounded).map { "\($0)" } ?? "\(rounded)"
  }

  @Test func `the example is computed as the document has it`() throws {
    let range = Self.start..<Self.start + 60 * Self.second
    var sums = MinuteSums()
    sums.add(Self.use(range), on: .default, in: range)
    let document = try text(of: "docs/energy.md")
    #expect(sums.all.count == 3)
    for row in sums.all {
      let usage = GPUUsage(time: UnixNanoseconds(Self.start), joules: row.joules, gpuSeconds: row.gpuSeconds)
      let cost = Self.prices.cost(of: usage, model: "NVIDIA H200", node: "n")
      let isIdle = row.key.kind == .idle
      let tokens = row.outputTokens
      let gpuTime = try #require(cost.gpuTime)
      let cells = [
        isIdle ? "idle" : row.key.model, Self.text(row.joules), Self.text(row.gpuSeconds),
        isIdle ? "" : Self.text(row.joules / tokens), Self.text(try #require(cost.energy)),
        Self.text(try #require(cost.carbonGrams)), Self.text(gpuTime),
        isIdle ? "" : Self.text(gpuTime / tokens * 1e6),
      ]
      let line = "|" + cells.map { $0.isEmpty ? " |" : " \($0) |" }.joined()
      #expect(document.contains(line), "\(line)")
    }
  }

  private func text(of path: String) throws -> String {
    let root = String(#filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined())
    let file = unsafe try #require(unsafe fopen("\(root)/\(path)", "r"))
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = unsafe fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
