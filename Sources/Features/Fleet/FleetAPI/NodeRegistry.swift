package import Base
package import Identity
import JSON
package import NodeReports
import Synchronization

/// The nodes of each tenant with their GPUs: the newest report of each, and the newest events.
///
/// A report is a document. It is written when something other than values changes, and else once a minute; the newest
/// ones are kept in memory between. After a restart nodes are as they were written last.
package final class NodeRegistry: Sendable {
  private static let reportKind = "fleet_node"
  private static let eventKind = "fleet_events"
  /// How old the document of a report may be.
  private static let writeInterval: Int64 = 60_000_000_000
  /// Reports in memory: 1,000 nodes with eight GPUs.
  ///
  /// Those that come beyond it are written each time.
  private static let bytesMaxDefault = 32 << 20

  private struct Newest: Sendable {
    var node: Node
    var byteCount: Int
    var writtenAt: UnixNanoseconds
  }

  private struct State {
    var newest: [DocumentReference: Newest] = [:]
    var byteCount = 0
  }

  private let documents: any DocumentStore
  private let bytesMax: Int
  private let state = Mutex(State())
  /// Held while a report is taken, since a change of a document reads it first.
  private let writing = Mutex(())

  package init(documents: any DocumentStore, bytesMax: Int? = nil) {
    self.documents = documents
    self.bytesMax = bytesMax ?? Self.bytesMaxDefault
  }

  /// Takes a report.
  ///
  /// - Parameter keyID: the API key that sends it.
  package func add(
    _ report: NodeReport, of tenant: TenantID, at time: UnixNanoseconds, by keyID: String? = nil
  ) throws(RegistryError) {
    let reference = DocumentReference(tenant: tenant, kind: Self.reportKind, id: NodeID.document(of: report.name))
    try writing.withLock { _ throws(RegistryError) in
      let known = state.withLock { $0.newest[reference] }
      if report.events != known?.node.report.events ?? [] {
        try add(report.events, of: reference, at: time, by: keyID)
      }
      let before = if let known { known.node } else { try node(documentID: reference.id, of: tenant) }
      let report = before.map { report.keeping($0.report.gpus, at: time) } ?? report
      let node = Node(report: report, firstSeenAt: known?.node.firstSeenAt ?? time, lastSeenAt: time)
      if let known, known.node.report.isSame(as: report), time.rawValue - known.writtenAt.rawValue < Self.writeInterval
      {
        keep(Newest(node: node, byteCount: known.byteCount, writtenAt: known.writtenAt), reference)
        return
      }
      var kept = report
      // They have a document of their own.
      kept.events = []
      let body = kept.json
      let document = try put(reference, body, at: time, by: keyID)
      keep(
        Newest(
          node: Node(report: report, firstSeenAt: document.createdAt, lastSeenAt: time), byteCount: body.count,
          writtenAt: time), reference)
    }
  }

  private func keep(_ newest: Newest, _ reference: DocumentReference) {
    state.withLock { state in
      state.byteCount -= state.newest[reference]?.byteCount ?? 0
      if state.byteCount + newest.byteCount <= bytesMax {
        state.newest[reference] = newest
        state.byteCount += newest.byteCount
      } else {
        state.newest[reference] = nil
      }
    }
  }

  /// Adds the events that are not known yet to those that are kept of a node.
  private func add(
    _ events: [GPUEventReport], of node: DocumentReference, at time: UnixNanoseconds, by keyID: String?
  ) throws(RegistryError) {
    let reference = DocumentReference(tenant: node.tenant, kind: Self.eventKind, id: node.id)
    let known = try self.events(reference)
    var identities = Set(known.map(\.identity))
    let new = events.filter { identities.insert($0.identity).inserted }
    guard !new.isEmpty else { return }
    let all = (known + new).sorted { $0.time < $1.time }
    _ = try put(reference, NodeEvents.json(all), at: time, by: keyID)
  }
}

// MARK: - Room

extension NodeRegistry {
  /// How long a node was not heard of before another one may take its place.
  private static let silentMin: Int64 = 86_400_000_000_000

  /// Writes a document; where there are too many, it takes the place of the node that was silent longest.
  private func put(
    _ reference: DocumentReference, _ body: [UInt8], at time: UnixNanoseconds, by keyID: String?
  ) throws(RegistryError) -> Document {
    do throws(RegistryError) {
      return try documents.put(reference, name: nil, body: body, expecting: .any, at: time, by: keyID)
    } catch {
      guard error.kind == .limit, try forgetOldest(like: reference, at: time) else { throw error }
      return try documents.put(reference, name: nil, body: body, expecting: .any, at: time, by: keyID)
    }
  }

  /// False where all nodes were heard of within a day.
  private func forgetOldest(
    like reference: DocumentReference, at time: UnixNanoseconds
  ) throws(RegistryError) -> Bool {
    var oldest: Document?
    var after: String?
    repeat {
      let page = try documents.documents(
        of: reference.kind, tenant: reference.tenant, after: after, limit: DocumentLimits.pageCountMax)
      for document in page where document.updatedAt < oldest?.updatedAt ?? UnixNanoseconds(.max) { oldest = document }
      after = page.count == DocumentLimits.pageCountMax ? page.last?.reference.id : nil
    } while after != nil
    guard let oldest, time.rawValue - oldest.updatedAt.rawValue >= Self.silentMin else { return false }
    try documents.delete(oldest.reference, expecting: .revision(oldest.revision))
    state.withLock { state in
      guard let newest = state.newest.removeValue(forKey: oldest.reference) else { return }
      state.byteCount -= newest.byteCount
    }
    return true
  }
}

// MARK: - Reading

extension NodeRegistry {
  /// A page of a tenant's nodes, and the ``Node/documentID`` after which the next one begins; nil on the last one.
  package func nodes(
    of tenant: TenantID, after id: String?, limit: Int
  ) throws(RegistryError) -> (nodes: [Node], next: String?) {
    let found = try documents.documents(of: Self.reportKind, tenant: tenant, after: id, limit: limit)
    return (found.compactMap(node), found.count == limit ? found.last?.reference.id : nil)
  }

  package func node(named name: String, of tenant: TenantID) throws(RegistryError) -> Node? {
    try node(documentID: NodeID.document(of: name), of: tenant)
  }

  /// - Parameter id: ``Node/documentID``.
  package func node(documentID id: String, of tenant: TenantID) throws(RegistryError) -> Node? {
    try documents.document(DocumentReference(tenant: tenant, kind: Self.reportKind, id: id)).flatMap(node)
  }

  /// What is kept of a node's events, the newest last.
  package func events(of node: Node, tenant: TenantID) throws(RegistryError) -> [GPUEventReport] {
    try events(DocumentReference(tenant: tenant, kind: Self.eventKind, id: node.documentID))
  }

  private func events(_ reference: DocumentReference) throws(RegistryError) -> [GPUEventReport] {
    guard let document = try documents.document(reference) else { return [] }
    return try NodeEvents.read(document.body)
  }

  /// The newest report of a node; that of its document where none is in memory.
  ///
  /// Nil for a document of a later version.
  private func node(_ document: Document) -> Node? {
    if let newest = state.withLock({ $0.newest[document.reference] }) { return newest.node }
    guard let json = try? JSONValue(parsing: document.body), let report = try? NodeReport.form.read(json) else {
      return nil
    }
    return Node(report: report, firstSeenAt: document.createdAt, lastSeenAt: document.updatedAt)
  }
}
