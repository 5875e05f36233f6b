import Base
import Columns
import Engine
import Schema
import Testing

@testable import Derivation

/// Goal: one tenant's minutes cannot displace those of another.
@Suite struct MinuteCountTests {
  private func rows(tenant: UInt64, minutes: Range<Int64>) -> QueryResult {
    QueryResult(
      columns: [
        ResultColumn(name: "tenant", values: .unsigneds(minutes.map { _ in tenant }), validity: nil),
        ResultColumn(name: "minute", values: .ints(minutes.reversed().map { $0 * 60 }), validity: nil),
        ResultColumn(name: "spans", values: .unsigneds(minutes.map { _ in 1 }), validity: nil),
      ], rowCount: minutes.count)
  }

  @Test func `a tenant with too many minutes loses its own older half`() {
    var counts = MinuteCounts()
    counts.begin(with: rows(tenant: 1, minutes: 100..<200))
    #expect(counts.density(of: TenantID(1)).isComplete)
    counts.add(rows(tenant: 2, minutes: 0..<Int64(MinuteCounts.tenantCountMax + 1)))
    #expect(counts.density(of: TenantID(2)).minutes.count == (MinuteCounts.tenantCountMax + 1) / 2)
    #expect(counts.density(of: TenantID(2)).minutes.first?.start == Int64(MinuteCounts.tenantCountMax) * 60)
    #expect(!counts.density(of: TenantID(2)).isComplete)
    #expect(counts.density(of: TenantID(1)).minutes.count == 100)
    #expect(counts.density(of: TenantID(1)).isComplete)
    #expect(counts.density(of: TenantID(3)).isComplete, "nothing is stored of it")
  }

  @Test func `all tenants together are bounded, at the cost of the largest`() {
    var counts = MinuteCounts()
    #expect(!counts.density(of: TenantID(1)).isComplete, "what is stored has not been read")
    counts.begin(with: rows(tenant: 1, minutes: 0..<10))
    for tenant in UInt64(2)...8 { counts.add(rows(tenant: tenant, minutes: 0..<40_000)) }
    let sizes = (UInt32(1)...8).map { counts.density(of: TenantID($0)).minutes.count }
    #expect(sizes[0] == 10)
    #expect(sizes.reduce(0, +) <= MinuteCounts.countMax)
    #expect(sizes.dropFirst().allSatisfy { $0 >= 20_000 })
  }

  @Test func `minutes far in the future are not counted`() throws {
    let columns = RollUpSource.MinuteColumns("readings", time: "started", count: "rows")
    #expect(MinuteCounts.select(columns, from: "readings").contains("started <= now() + 3600"))
  }
}
