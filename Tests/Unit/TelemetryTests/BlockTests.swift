import Columns
import Telemetry
import Testing

@Suite struct BlockTests {
  @Test func `column names are distinct and empty blocks have no rows`() {
    for block in [SpanBlock(), LogBlock(), ResourceBlock(), ScopeBlock()] as [any TelemetryBlock] {
      #expect(Set(block.columns.columns.map(\.name)).count == block.columns.columns.count)
      #expect(block.rowCount == 0)
      block.removeAll()
      #expect(block.rowCount == 0)
    }
  }

  @Test func `a batch forgets resources that are rolled back`() {
    let batch = SpanBatch()
    append(7, to: batch.resources)
    var marks = SignalBatchMarks()
    batch.mark(into: &marks)
    append(8, to: batch.resources)
    #expect(batch.resources.row(tenant: 1, id: 8) == 1)
    #expect(batch.resources.row(tenant: 2, id: 8) == nil)
    batch.rollback(to: marks)
    #expect(batch.resources.row(tenant: 1, id: 7) == 0)
    #expect(batch.resources.row(tenant: 1, id: 8) == nil)
    batch.removeAll()
    #expect(batch.resources.row(tenant: 1, id: 7) == nil)
    #expect(batch.isEmpty)
  }

  @Test(arguments: [
    0, 0.49999999999999994, 0.5, 1.5, 2.5, 0.1 * 1e9, 4_503_599_627_370_494.5, 0x1p52 - 0.5, 0x1p52, 0x1p53 + 2,
    0x1p62, 0x1p63, .infinity, .nan, -0.4, -2.5,
  ])
  func `times are rounded to the nearest nanosecond`(number: Double) {
    #expect(SpanSemantics.rounded(number) == Int64(exactly: number.rounded()))
  }

  private func append(_ id: UInt64, to resources: ResourceBlock) {
    resources.tenant.append(1)
    resources.resourceID.append(id)
    resources.serviceName.append("service")
    resources.attributes.append(key: "service.name", type: .string, value: "service")
    resources.attributes.endRow()
    resources.droppedAttributes.append(0)
    resources.schemaURL.append("")
    resources.didAppend(tenant: 1, id: id)
  }
}
