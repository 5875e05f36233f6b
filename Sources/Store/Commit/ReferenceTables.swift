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
    // 65,536 ids a generation: at most some MiB, and more distinct resources than a cluster has pods.
    var resources = SeenSet<Reference>(generationCountMax: 65_536)
    var scopes = SeenSet<Reference>(generationCountMax: 65_536)
    var keys = SeenSet<AttributeKey>(generationCountMax: 65_536)
  }

  /// New keys noted in one commit; a client that makes up keys cannot turn a commit into a flood of them.
  static let newKeysMax = 1_000

  private let inserter: any BlockInserter
  private let state = Mutex(State())

  package init(inserter: any BlockInserter) { self.inserter = inserter }

  /// Stores the resources and scopes that are not known to be stored.
  /// - Parameters:
  ///   - resourceRows, scopeRows: which ones matter; nil for all.
  func store(
    _ resources: ResourceBlock, rows resourceRows: [Range<Int>]? = nil, _ scopes: ScopeBlock,
    rows scopeRows: [Range<Int>]? = nil, logger: Logger
  ) throws(EngineError) {
    let newResources = references(resources.tenant, resources.resourceID, resourceRows)
    if state.withLock({ state in newResources.contains { !state.resources.contains($0) } }) {
      try inserter.insert(resourceRows.map { resources.columns.copy(of: $0) } ?? resources.columns, into: "resources")
      state.withLock { state in for reference in newResources { state.resources.insert(reference) } }
      describe(resources, logger)
    }
    let newScopes = references(scopes.tenant, scopes.scopeID, scopeRows)
    if state.withLock({ state in newScopes.contains { !state.scopes.contains($0) } }) {
      try inserter.insert(scopeRows.map { scopes.columns.copy(of: $0) } ?? scopes.columns, into: "scopes")
      state.withLock { state in for reference in newScopes { state.scopes.insert(reference) } }
      describe(scopes, logger)
    }
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
  func storeKeys<Rows: TelemetryBlock>(of batch: SignalBatch<Rows>) throws(EngineError) {
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

  private func references(
    _ tenants: FixedColumn<UInt32>, _ ids: FixedColumn<UInt64>, _ rows: [Range<Int>]?
  ) -> [Reference] {
    (rows ?? [0..<ids.rowCount]).joined().map { Reference(tenant: tenants[$0], id: ids[$0]) }
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

extension MetricBlock: AttributedRows {
  package static var attributeSource: String { "metric" }
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
