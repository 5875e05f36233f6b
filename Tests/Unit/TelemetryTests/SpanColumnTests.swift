import Columns
import Telemetry
import Testing

/// Goal: the declarations of columns agree with each other.
///
/// Whether the store's tables agree with them is tested beside the store, and what the normaliser does with them beside
/// the decoder.
@Suite struct SpanColumnTests {
  @Test func `bits of promoted attributes mean what they meant when they were stored`() {
    let meanings = PromotedAttribute.all.map { "\($0.bit) \($0.key) \($0.column) \($0.isInteger)" }
    #expect(
      meanings == [
        "0 gen_ai.provider.name provider false", "1 gen_ai.operation.name operation false",
        "2 gen_ai.request.model request_model false", "3 gen_ai.response.model response_model false",
        "4 gen_ai.usage.input_tokens input_tokens true", "5 gen_ai.usage.output_tokens output_tokens true",
        "6 gen_ai.usage.cache_read.input_tokens cached_tokens true",
        "7 gen_ai.usage.cache_creation.input_tokens cache_creation_tokens true",
        "8 gen_ai.usage.reasoning.output_tokens reasoning_tokens true", "9 gen_ai.conversation.id session_id false",
        "10 user.id user_id false", "11 error.type error_type false",
      ])
    #expect(PromotedAttribute(key: "user.id")?.mask == 1 << 10)
    #expect(PromotedAttribute(key: "user.name") == nil)
  }

  @Test func `a part of a span has each member once`() {
    for part in [SpanPart.inference, .hardware] {
      let members = SpanColumn.normalised.compactMap(\.inference).filter { $0.part == part }.map(\.member)
      #expect(Set(members).count == members.count, "\(members)")
    }
    #expect(SpanColumn.normalised.allSatisfy { $0.inference != nil })
    #expect(SpanColumn.all.filter { $0.inference != nil }.map(\.name) == SpanColumn.normalised.map(\.name))
  }

  @Test(arguments: [
    (SpanBlock.table.declaration, SpanBlock().columns), (LogBlock.table.declaration, LogBlock().columns),
    (ResourceBlock.table.declaration, ResourceBlock().columns),
    (ScopeBlock.table.declaration, ScopeBlock().columns),
  ])
  func `a block has every column of its table but those that the store fills`(
    table: TableDeclaration, block: ColumnBlock
  ) {
    #expect(block.columns.map(\.name) == table.columns.filter { $0.filler == nil }.map(\.name))
  }

  @Test func `what no span says is unknown in every normalised column, but for the node that the resource names`() {
    let batch = SpanBatch()
    let resources = batch.resources
    resources.attributes.append(key: "host.name", type: .string, value: "node-7")
    resources.attributes.endRow()
    let resource = ResourceSemantics(resources: resources, row: 0, block: batch.rows)
    for _ in 0..<2 {
      batch.rows.padNormalised(toRowCount: 3, resource: resource)
      for column in SpanColumn.normalised {
        switch batch.rows.columns[column.name] {
        case let texts as DictionaryColumn:
          #expect(texts[2] == (column.name == "node_id" ? "node-7" : ""), "\(column.name)")
        case let texts as StringColumn: #expect(texts[2] == "", "\(column.name)")
        case let counts as NullableColumn<UInt64>: #expect(counts[2] == nil, "\(column.name)")
        case let times as NullableColumn<Int64>: #expect(times[2] == nil, "\(column.name)")
        case let lists as ListColumn<DictionaryColumn>: #expect(lists.range(2).isEmpty, "\(column.name)")
        default: Issue.record("\(column.name) is of another kind")
        }
        #expect(batch.rows.columns[column.name]?.rowCount == 3, "\(column.name)")
      }
      #expect(batch.rows.promoted.rowCount == 3)
    }
  }
}
