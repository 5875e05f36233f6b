import API
package import Base
package import Identity
import JSON
package import NodeReports
import Synchronization

/// The nodes of each tenant with their GPUs: the newest report of each.
///
/// What changes becomes an event.
///
/// A report is a document. It is written when something other than values changes, and else once a minute; the newest
/// ones are kept in memory between. After a restart nodes are as they were written last.
package final class NodeRegistry: Sendable {
  private static let reportKind = "fleet_node"
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
    var runs: NodeRuns
  }

  private struct State {
    var newest: [DocumentReference: Newest] = [:]
    var byteCount = 0
    /// How many events were made of the silence of a node; none for those that are heard of.
    var silences: [DocumentReference: Int] = [:]
    /// Documents of which the log says that they cannot be read.
    var unreadable: Set<DocumentReference> = []
    var reporters = GPUReporters()
  }

  /// As many as nodes of a tenant.
  private static let unreadableCountMax = 1_000

  private let documents: any DocumentStore
  private let events: any FleetEventStore
  private let bytesMax: Int
  private let logger: Logger
  private let state = Mutex(State())
  /// Held while a report is taken, since a change of a document reads it first.
  private let writing = Mutex(())

  package init(
    documents: any DocumentStore, events: any FleetEventStore, bytesMax: Int? = nil, logger: Logger = .disabled
  ) {
    self.events = events
    self.logger = logger
    self.documents = documents
    self.bytesMax = bytesMax ?? Self.bytesMaxDefault
  }

  /// Takes a report.
  ///
  /// - Parameter keyID: the API key that sends it.
  /// - Returns: whether several programs report with its name at present; only while reports are in memory.
  @discardableResult
  package func add(
    _ report: NodeReport, of tenant: TenantID, at time: UnixNanoseconds, by keyID: String? = nil
  ) throws(RegistryError) -> Bool {
    let reference = DocumentReference(tenant: tenant, kind: Self.reportKind, id: NodeID.document(of: report.name))
    return try writing.withLock { _ throws(RegistryError) in
      let known = state.withLock { $0.newest[reference] }
      let before = if let known { known.node } else { try node(documentID: reference.id, of: tenant) }
      let report = before.map { report.keeping($0.report.gpus, at: time) } ?? report
      var runs = known?.runs ?? NodeRuns()
      let isShared = runs.isShared(report.run, at: time)
      if isShared, known?.node.isShared == false { logger.warning(NodeProblem.sharedName(report.name)) }
      let sharedGPUs = state.withLock { $0.reporters.others(than: report, of: tenant, at: time) }
      for (uuid, other) in sharedGPUs where before?.sharedGPUs[uuid] == nil {
        logger.warning("a GPU is reported twice", .init("node", report.name), .init("gpu", uuid), .init("other", other))
      }
      // Before the report is known: what cannot be kept now is found again in the next one.
      try events.add(
        NodeChanges.events(of: report, after: before, at: time, isShared: isShared)
          + NodeChanges.sharedGPUs(sharedGPUs, of: report, after: before, at: time), of: tenant)
      let node = Node(
        report: report, firstSeenAt: known?.node.firstSeenAt ?? time, lastSeenAt: time, isShared: isShared,
        sharedGPUs: sharedGPUs)
      if let known, known.node.report.isSame(as: report), time.rawValue - known.writtenAt.rawValue < Self.writeInterval
      {
        keep(Newest(node: node, byteCount: known.byteCount, writtenAt: known.writtenAt, runs: runs), reference)
        return isShared
      }
      var kept = report
      // They are in a table.
      kept.events = []
      let body = kept.json
      let document = try put(reference, body, at: time, by: keyID)
      // Not before there is room for it.
      if before == nil {
        try events.add([FleetEvent(.nodeNew, of: report.name, at: time, "version \(report.version)")], of: tenant)
      }
      keep(
        Newest(
          node: Node(
            report: report, firstSeenAt: document.createdAt, lastSeenAt: time, isShared: isShared,
            sharedGPUs: sharedGPUs),
          byteCount: body.count, writtenAt: time, runs: runs), reference)
      return isShared
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
}

// MARK: - Events of earlier versions

extension NodeRegistry {
  /// Moves the events that an earlier version kept of each node to those of all nodes.
  ///
  /// What cannot be read stays, and the log says so.
  package func moveEvents(of tenant: TenantID) throws(RegistryError) {
    var after: String?
    repeat {
      let page = try documents.documents(
        of: NodeEvents.kind, tenant: tenant, after: after, limit: DocumentLimits.pageCountMax)
      for document in page {
        let id = document.reference.id
        guard let node = try node(documentID: id, of: tenant) else { continue }
        do throws(RegistryError) {
          let old = try NodeEvents.read(document.body).map { FleetEvent($0, of: node.report) }
          try events.add(old, of: tenant)
          try documents.delete(document.reference, expecting: .revision(document.revision))
          logger.info(
            "events of a node were moved into the table fleet_events", .init("node", node.report.name),
            .init("events", old.count))
        } catch {
          logger.warning(
            "events of a node that an earlier version kept were not moved", .init("node", node.report.name),
            .init("reason", error))
        }
      }
      after = page.count == DocumentLimits.pageCountMax ? page.last?.reference.id : nil
    } while after != nil
  }
}

// MARK: - Silence

extension NodeRegistry {
  /// Has an event for each node of a tenant of which nothing was heard for a while.
  ///
  /// Call it again and again: what was said before is not said again.
  ///
  /// - Parameter since: nothing could be heard before, because the server did not run.
  package func noteSilence(
    of tenant: TenantID, at now: UnixNanoseconds, since start: UnixNanoseconds
  ) throws(RegistryError) {
    guard now.rawValue - start.rawValue > NodeState.silentAfter else { return }
    var after: String?
    repeat {
      let found = try nodes(of: tenant, after: after, limit: DocumentLimits.pageCountMax)
      for node in found.nodes {
        let reference = DocumentReference(tenant: tenant, kind: Self.reportKind, id: node.documentID)
        let said = state.withLock { $0.silences[reference] ?? 0 }
        let events = NodeChanges.silence(of: node, until: now)
        guard events.count != said else { continue }
        if events.count > said {
          // Of a report that is in memory the document may be a minute older; after a restart it counts.
          if said == 0 { try write(node, reference) }
          try self.events.add(Array(events.dropFirst(said)), of: tenant)
        }
        state.withLock { $0.silences[reference] = events.isEmpty ? nil : events.count }
      }
      after = found.next
    } while after != nil
  }

  private func write(_ node: Node, _ reference: DocumentReference) throws(RegistryError) {
    try writing.withLock { _ throws(RegistryError) in
      guard state.withLock({ $0.newest[reference]?.node.lastSeenAt }) == node.lastSeenAt else { return }
      var kept = node.report
      kept.events = []
      _ = try put(reference, kept.json, at: node.lastSeenAt, by: nil)
    }
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

  /// The newest report of a node; that of its document where none is in memory.
  ///
  /// Nil for a document that cannot be read, which the log says once.
  private func node(_ document: Document) -> Node? {
    if let newest = state.withLock({ $0.newest[document.reference] }) { return newest.node }
    do {
      let report = try NodeReport.form.read(JSONValue(parsing: document.body))
      return Node(report: report, firstSeenAt: document.createdAt, lastSeenAt: document.updatedAt)
    } catch {
      // Once for each: lists are read again and again.
      let isNew = state.withLock { state in
        state.unreadable.count < Self.unreadableCountMax && state.unreadable.insert(document.reference).inserted
      }
      if isNew {
        logger.warning(
          "a node is not listed until it reports again: its document cannot be read, probably since a later version of "
            + "Axonize wrote it", .init("node", document.reference.id), .init("reason", "\(error)"))
      }
      return nil
    }
  }
}
