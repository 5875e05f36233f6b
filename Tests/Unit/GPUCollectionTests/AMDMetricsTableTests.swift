import Testing

@testable import GPUCollection

@Suite("AMD's table of metrics") struct AMDMetricsTableTests {
  private static let socketFixtures: [AMDMetricsFixture] = [.v1_4, .v1_5, .v1_6, .v1_7, .v1_8]

  @Test("A socket's values have their units", arguments: socketFixtures) func sockets(fixture: AMDMetricsFixture) throws
  {
    let table = try AMDMetricsTable(
      fixture.bytes([
        "hotspot": 71, "mem": 62, "power": 550, "gfx": 87, "umc": 45, "energy": 65_536 * 1_000 + 32_768, "replays": 3,
      ]))
    #expect(table.version == .init(format: 1, content: fixture.content))
    #expect(table.hotSpotCelsius == 71)
    #expect(table.memoryCelsius == 62)
    #expect(table.watts == 550)
    #expect(table.utilisation == 0.87)
    #expect(table.memoryUtilisation == 0.45)
    #expect(table.joules == 1_000.5)
    #expect(table.pcieReplayCount == 3)
    #expect(table.graphicsCelsius == nil)
  }

  @Test("An APU says hundredths of a degree and of a percent") func apu() throws {
    let table = try AMDMetricsTable(AMDMetricsFixture.v2_4.bytes(["gfxtemp": 4_350, "gfx": 2_500, "throttlers": 1]))
    #expect(table.graphicsCelsius == 43.5)
    #expect(table.utilisation == 0.25)
    #expect(table.throttlers == 1)
    let later = try AMDMetricsTable(AMDMetricsFixture.v3_0.bytes(["gfx": 25]))
    #expect(later.utilisation == 0.25)
  }

  @Test("What has no certain unit is not taken", arguments: [AMDMetricsFixture.v1_3, .v2_2, .v2_3])
  func uncertain(fixture: AMDMetricsFixture) throws {
    let values: [String: UInt64] = ["energy": 1_000, "gfxtemp": 4_350, "gfx": 50, "throttlers": 1 << 36]
    let table = try AMDMetricsTable(fixture.bytes(values))
    #expect(table.joules == nil)
    #expect(!table.hasEnergyUnit)
    #expect(table.graphicsCelsius == nil)
    #expect(table.utilisation == nil)
    #expect(table.throttlers == 1 << 36)
  }

  @Test("All ones is no value", arguments: AMDMetricsFixture.all) func sentinels(fixture: AMDMetricsFixture) throws {
    let table = try AMDMetricsTable(fixture.bytes())
    #expect(
      [
        table.hotSpotCelsius, table.memoryCelsius, table.graphicsCelsius, table.watts, table.utilisation,
        table.memoryUtilisation, table.joules, table.pcieReplayCount,
      ].allSatisfy { $0 == nil })
    #expect(table.throttlers == nil)
  }

  @Test("A table that is cut short is refused at each length", arguments: AMDMetricsFixture.all)
  func truncated(fixture: AMDMetricsFixture) {
    let bytes = fixture.bytes(["energy": 1])
    for count in 0..<bytes.count {
      #expect(throws: AMDMetricsTable.Failure.truncated(byteCount: count)) {
        try AMDMetricsTable(Array(bytes.prefix(count)))
      }
    }
  }

  @Test("A layout that is not known is refused", arguments: [[UInt8(1), 9], [1, 6], [2, 0], [4, 0]])
  func unknown(version: [UInt8]) {
    var bytes = AMDMetricsFixture.v1_4.bytes()
    bytes.replaceSubrange(2..<4, with: version)
    #expect {
      try AMDMetricsTable(bytes)
    } throws: { "\($0)".hasSuffix("is a layout that is not known") }
  }
}
