import Base
import EmbeddedEngine
import EnergyQueries
import Engine
import EngineTestSupport
import FleetTables
import Prices
import Schema
import Testing

/// Goal: every sum is of the rows that count, of the tenant and of the range, and costs what the prices of its time say.
///
/// Method: rows by hand in a store.
@Suite struct EnergyReaderTests {
  private static let other = TenantID(7)
  /// A whole minute.
  private static let start: Int64 = 1_780_000_020 / 60 * 60

  private let store: EmbeddedStore
  private let reader: EnergyReader

  init() throws {
    let schema = StoreSchema(tables: FleetTables.all, steps: FleetTables.steps)
    var options = EmbeddedStoreOptions(folder: "")
    options.retention[.aggregates] = .forever
    store = try EngineFixture.store(name: EngineFixture.newName(), options, schema: schema)
    reader = EnergyReader(engine: store, limits: QueryLimits(timeout: .seconds(20), memoryBytesMax: 512 << 20))
  }

  private func insert(_ rows: [EnergyRow], minute: Int64, revision: Int64 = 1) throws {
    let block = EnergyBlock()
    for row in rows { block.append(row, minute: Self.start + 60 * minute, revision: revision, pass: 0) }
    try store.insert(block.columns, into: "gpu_energy")
  }

  private func row(
    _ kind: EnergyRowKind = .spans, of tenant: TenantID = .default, joules: Double, model: String = "",
    service: String = "", gpu: String = "GPU-1", gpuModel: String = "NVIDIA H200", seconds: Double = 0
  ) -> EnergyRow {
    var key = EnergyRow.Key(kind, of: tenant)
    (key.model, key.service, key.gpu, key.resource, key.gpuModel, key.node) = (model, service, gpu, gpu, gpuModel, "n1")
    var row = EnergyRow(key)
    row.joules = joules
    row.gpuSeconds = seconds
    return row
  }

  private func query(_ minutes: Range<Int64> = 0..<60) -> EnergyQuery {
    func time(_ minute: Int64) -> UnixNanoseconds { UnixNanoseconds((Self.start + 60 * minute) * 1_000_000_000) }
    return EnergyQuery(range: TimeRange(start: time(minutes.lowerBound), end: time(minutes.upperBound)))
  }

  private func report(
    _ query: EnergyQuery, of tenant: TenantID = .default, prices: PriceList = .empty
  ) throws -> EnergyReport { try reader.report(query, of: tenant, prices: prices, during: .background) }

  @Test func `groups, idle and spans of others add up to what was measured`() throws {
    var others = row(.otherTenant, joules: 5)
    others.key.otherTenant = Self.other
    var idle = row(.idle, joules: 100, seconds: 20)
    idle.unmeasuredSeconds = 15
    try insert(
      [row(joules: 30, model: "a"), row(joules: 10, model: "b"), others, idle, row(of: Self.other, joules: 5)],
      minute: 0)
    try insert([row(joules: 2, model: "a")], minute: 1)
    var query = query()
    query.groups = [.model]
    let report = try report(query)
    #expect(report.groups.map(\.names) == [["a"], ["b"]])
    #expect(report.groups.map(\.sums.joules) == [32, 10])
    #expect(report.total.joules == 42)
    #expect(report.otherTenants.joules == 5)
    #expect(report.idle.joules == 100)
    #expect(report.measuredJoules == 147)
    #expect(report.coverage == 0.75)
    #expect(try self.report(query, of: Self.other).measuredJoules == 5)
    #expect(try self.report(query, of: TenantID(8)).measuredJoules == 0)
    #expect(try self.report(query, of: TenantID(8)).coverage == nil)
  }

  @Test func `of a minute the rows that were computed last count, and no others`() throws {
    try insert([row(joules: 1, model: "a"), row(joules: 2, model: "gone")], minute: 0, revision: 1)
    try insert([row(joules: 4, model: "a")], minute: 0, revision: 2)
    try insert([row(joules: 8, model: "a")], minute: 1, revision: 1)
    var query = query()
    query.groups = [.model]
    #expect(try report(query).groups.map(\.sums.joules) == [12])
    try store.execute(SQLStatement("OPTIMIZE TABLE gpu_energy FINAL"))
    #expect(try report(query).groups.map(\.sums.joules) == [12])
  }

  @Test(arguments: [(0..<1, 1), (0..<2, 3), (1..<3, 6), (3..<9, 0)] as [(Range<Int64>, Double)])
  func `minutes of the range count`(minutes: Range<Int64>, joules: Double) throws {
    for (minute, joules) in [1.0, 2, 4].enumerated() { try insert([row(joules: joules)], minute: Int64(minute)) }
    #expect(try report(query(minutes)).total.joules == joules)
  }

  @Test func `a minute that the range touches counts whole`() throws {
    try insert([row(joules: 1)], minute: 0)
    var query = query(0..<1)
    query.range.start = UnixNanoseconds(query.range.start.rawValue + 59_000_000_000)
    #expect(try report(query).total.joules == 1)
  }

  @Test func `filters by span leave idle energy as it is, filters by GPU do not`() throws {
    try insert(
      [
        row(joules: 1, model: "a", service: "x"), row(joules: 2, model: "b", service: "x", gpu: "GPU-2"),
        row(.idle, joules: 4), row(.idle, joules: 8, gpu: "GPU-2"),
      ], minute: 0)
    var byModel = query()
    byModel.model = "a"
    #expect(try report(byModel).total.joules == 1)
    #expect(try report(byModel).measuredJoules == 15)
    var byGPU = query()
    byGPU.gpu = "GPU-2"
    #expect(try report(byGPU).total.joules == 2)
    #expect(try report(byGPU).measuredJoules == 10)
    var byNode = query()
    byNode.node = "n2"
    #expect(try report(byNode).measuredJoules == 0)
  }

  @Test func `two dimensions and the groups with the most energy`() throws {
    try insert(
      [
        row(joules: 1, model: "a", service: "x"), row(joules: 2, model: "a", service: "y"),
        row(joules: 4, model: "b", service: "x"),
      ], minute: 0)
    var query = query()
    query.groups = [.service, .model]
    query.groupCountMax = 2
    let report = try report(query)
    #expect(report.groups.map(\.names) == [["x", "b"], ["y", "a"]])
    #expect(report.groupCount == 3)
    #expect(report.total.joules == 7)
  }

  @Test func `tenants are apart where that is asked for`() throws {
    var others = row(.otherTenant, joules: 5)
    others.key.otherTenant = Self.other
    try insert([row(joules: 3), others], minute: 0)
    var query = query()
    query.groups = [.tenant]
    let report = try report(query)
    #expect(report.groups.map(\.names) == [["7"], ["1"]])
    #expect(report.total.joules == 3)
  }

  @Test func `steps begin at whole multiples and add up`() throws {
    for minute in 0..<10 as Range<Int64> { try insert([row(joules: Double(minute + 1), model: "a")], minute: minute) }
    var query = query()
    query.groups = [.model]
    query.stepSeconds = 300
    let points = try #require(try report(query).groups.first?.points)
    #expect(points.allSatisfy { $0.time.rawValue % 300_000_000_000 == 0 })
    #expect(points.reduce(0) { $0 + $1.sums.joules } == 55)
    #expect((2...3).contains(points.count))
  }

  @Test func `energy costs what the price of its minute says`() throws {
    let change = UnixNanoseconds((Self.start + 60) * 1_000_000_000)
    let prices = PriceList(
      currency: "EUR",
      electricity: [
        ElectricityTerms(from: .allTimes, pricePerKilowattHour: 0.4, carbonGramsPerKilowattHour: 100),
        ElectricityTerms(from: change, pricePerKilowattHour: 0.2, powerUsageEffectiveness: 2),
      ],
      gpus: [
        GPUPrices(
          model: NamePattern("*h200"), prices: [.init(from: .allTimes, perHour: 3), .init(from: change, perHour: 6)])
      ])
    try insert([row(joules: 3_600_000, seconds: 60)], minute: 0)
    try insert([row(joules: 3_600_000, seconds: 60)], minute: 1)
    let cost = try report(query(), prices: prices).total.cost
    #expect(abs((cost.energy ?? 0) - (0.4 + 2 * 0.2)) < 1e-9)
    #expect(abs((cost.gpuTime ?? 0) - (0.05 + 0.1)) < 1e-9)
    #expect(abs((cost.carbonGrams ?? 0) - 300) < 1e-9)
    // Another GPU in the same sum has no price.
    try insert([row(joules: 1, gpuModel: "NVIDIA A100", seconds: 1)], minute: 2)
    let mixed = try report(query(), prices: prices).total.cost
    #expect(mixed.gpuTime == nil)
    #expect(mixed.energy != nil)
  }

  @Test(arguments: [("100%_x\\y", true), ("100%-x", false), ("*%_*", true)])
  func `a pattern means the same in the store`(pattern: String, fits: Bool) throws {
    let name = "100%_x\\y"
    try insert([row(joules: 0, gpuModel: name, seconds: 3_600)], minute: 0)
    let prices = PriceList(
      currency: "EUR", gpus: [GPUPrices(model: NamePattern(pattern), prices: [.init(from: .allTimes, perHour: 1)])])
    #expect(NamePattern(pattern).fits(name) == fits)
    #expect(try report(query(), prices: prices).total.cost.gpuTime == (fits ? 1 : nil))
  }
}
