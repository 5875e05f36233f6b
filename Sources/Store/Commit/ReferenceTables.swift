import Base
package import Columns
package import Engine
import Synchronization
package import Telemetry

/// The small tables that rows refer to, or that help to find them: resources, scopes, attribute keys.
///
/// What is stored already is remembered, bounded, so that it is not stored with every commit; forgetting only costs a
/// repeated row, which the tables' engine replaces.
package final class ReferenceTables: Sendable {
  private struct Reference: Hashable {
    let tenant: UInt32
    let id: UInt64
  }

  private struct State {
    /// By table.
    var stored: [String: SeenSet<Reference>] = [:]
    // At most some MiB.
    var keys = SeenSet<AttributeKey>(generationCountMax: 65_536)
  }

  /// New keys noted in one commit; a client that makes up keys cannot turn a commit into a flood of them.
  static let newKeysMax = 1_000

  private let inserter: any BlockInserter
  private let state = Mutex(State())

  package init(inserter: any BlockInserter) { self.inserter = inserter }

  /// Stores what rows point to and is not known to be stored.
  ///
  /// - Parameter rows: which rows of a block matter; nil for all.
  func store(
    _ references: some ReferenceRows, rows: (_ of: any ReferenceBlock) -> [Range<Int>]? = { _ in nil }, logger: Logger
  ) throws(EngineError) {
    for block in references.blocks { try store(block, rows: rows(block), logger) }
  }

  private func store<Block: ReferenceBlock>(
    _ block: Block, rows: [Range<Int>]?, _ logger: Logger
  ) throws(EngineError) {
    let table = Block.table.declaration.name
    let references = (rows ?? [0..<block.rowCount]).joined()
      .map { Reference(tenant: block.tenant[$0], id: block.id($0)) }
    let hasNew = state.withLock { state in
      let stored = state.stored[table] ?? SeenSet(generationCountMax: Block.rememberedCountMax)
      return references.contains { !stored.contains($0) }
    }
    guard hasNew else { return }
    try inserter.insert(rows.map { block.columns.copy(of: $0) } ?? block.columns, into: table)
    state.withLock { state in
      for reference in references {
        state.stored[table, default: SeenSet(generationCountMax: Block.rememberedCountMax)].insert(reference)
      }
    }
    if let described = block as? any AttributedRows { describe(described, logger) }
  }

  /// Notes the attribute keys of resources or scopes.
  ///
  /// A failure is not a reason to refuse their rows.
  private func describe(_ block: some AttributedRows, _ logger: Logger) {
    do throws(EngineError) {
      try storeNew(AttributeKeyCollector.keys(of: block))
    } catch {
      logger.warning("attribute keys were not recorded", .init("error", error))
    }
  }

  /// Notes the attribute keys of a batch's rows.
  func storeKeys<Rows: ArrivingRows>(of batch: SignalBatch<Rows>) throws(EngineError) {
    guard let rows = batch.rows as? any AttributedRows else { return }
    try storeNew(AttributeKeyCollector.keys(of: rows))
  }

  private func storeNew(_ keys: [AttributeKey]) throws(EngineError) {
    let new = state.withLock { state in keys.filter { !state.keys.contains($0) } }.prefix(Self.newKeysMax)
    guard !new.isEmpty else { return }
    let tenants = FixedColumn<UInt32>()
    let sources = DictionaryColumn()
    let names = StringColumn()
    let types = FixedColumn<UInt8>()
    for key in new {
      tenants.append(key.tenant)
      sources.append(key.source)
      names.append(key.key)
      types.append(key.type)
    }
    try inserter.insert(
      ColumnBlock(["tenant": tenants, "source": sources, "key": names, "type": types]), into: "attribute_keys")
    state.withLock { state in for key in new { state.keys.insert(key) } }
  }
}

extension SpanBlock: AttributedRows {
  package static var attributeSource: String { "span" }
  package var attributeMap: MapColumn { attributes }
  package func promotedBits(_ row: Int) -> UInt32 { promoted[row] }
}

extension LogBlock: AttributedRows {
  package static var attributeSource: String { "log" }
  package var attributeMap: MapColumn { attributes }
}

extension ResourceBlock: AttributedRows {
  package static var attributeSource: String { "resource" }
  package var attributeMap: MapColumn { attributes }
}

extension ScopeBlock: AttributedRows {
  package static var attributeSource: String { "scope" }
  package var attributeMap: MapColumn { attributes }
}
