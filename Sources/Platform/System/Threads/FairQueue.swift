/// Whose work waits or runs: a client of a group, for example of a tenant.
///
/// Groups take turns, and so do the clients of each.
package struct WorkKey: Sendable, Hashable {
  package let group: Int
  package let client: Int

  package init(group: Int, client: Int) {
    self.group = group
    self.client = client
  }
}

/// How much of a pool of threads everybody may take.
package struct WorkShares: Sendable {
  /// Pieces of work that may wait, of all clients together.
  package var waitingCountMax: Int
  /// Pieces of work of one client that may wait.
  package var waitingPerClientMax: Int
  /// Pieces of work of one group that may run at once.
  package var runningPerGroupMax: Int
  /// Pieces of work of one client that may run at once.
  package var runningPerClientMax: Int

  /// Shares for a pool whose work is all of one kind: a client may take everything.
  package init(waitingCountMax: Int) {
    self.waitingCountMax = waitingCountMax
    waitingPerClientMax = waitingCountMax
    runningPerGroupMax = .max
    runningPerClientMax = .max
  }

  /// Shares for clients that know nothing of one another.
  ///
  /// A group leaves one thread to the others and a client half of them, so that the question of somebody else begins at
  /// once whatever one of them asks. A client may fill half of the queue.
  package init(waitingCountMax: Int, threadCount: Int) {
    self.waitingCountMax = waitingCountMax
    waitingPerClientMax = max(1, waitingCountMax / 2)
    runningPerGroupMax = max(1, threadCount - 1)
    runningPerClientMax = max(1, threadCount / 2)
  }
}

/// Work that waits for a thread, and a count of what runs.
///
/// Finding the next piece takes time in proportion to the clients that wait.
package struct FairQueue<Element> {
  private struct Lane {
    let key: WorkKey
    /// In the order of arrival.
    ///
    /// Never empty.
    var waiting: [(id: UInt64, element: Element)]
  }

  private let shares: WorkShares
  /// The lane whose turn is next comes first.
  private var lanes: [Lane] = []
  private var runningByClient: [WorkKey: Int] = [:]
  private var runningByGroup: [Int: Int] = [:]
  /// When each group had its last turn.
  private var turns: [Int: UInt64] = [:]
  private var turn: UInt64 = 0
  package private(set) var waitingCount = 0

  package init(_ shares: WorkShares) { self.shares = shares }

  /// Adds a piece of work; false when the queue or the client's part of it is full.
  package mutating func append(_ element: Element, id: UInt64, of key: WorkKey) -> Bool {
    guard waitingCount < shares.waitingCountMax else { return false }
    if let index = lanes.firstIndex(where: { $0.key == key }) {
      guard lanes[index].waiting.count < shares.waitingPerClientMax else { return false }
      lanes[index].waiting.append((id, element))
    } else {
      lanes.append(Lane(key: key, waiting: [(id, element)]))
    }
    waitingCount += 1
    return true
  }

  /// Takes a piece of work back that has not begun; nil when it has.
  package mutating func withdraw(id: UInt64, of key: WorkKey) -> Element? {
    guard let lane = lanes.firstIndex(where: { $0.key == key }),
      let index = lanes[lane].waiting.firstIndex(where: { $0.id == id })
    else { return nil }
    let element = lanes[lane].waiting.remove(at: index).element
    if lanes[lane].waiting.isEmpty { lanes.remove(at: lane) }
    waitingCount -= 1
    forgetTurn(of: key.group)
    return element
  }

  /// Takes the next piece of work that may run, and counts it as running until ``ended(_:)``.
  package mutating func next() -> (element: Element, key: WorkKey)? {
    var best: Int?
    for index in lanes.indices where mayRun(lanes[index].key) {
      if best == nil || turns[lanes[index].key.group, default: 0] < turns[lanes[best!].key.group, default: 0] {
        best = index
      }
    }
    guard let best else { return nil }
    var lane = lanes.remove(at: best)
    let element = lane.waiting.removeFirst().element
    if !lane.waiting.isEmpty { lanes.append(lane) }
    waitingCount -= 1
    turn += 1
    turns[lane.key.group] = turn
    runningByClient[lane.key, default: 0] += 1
    runningByGroup[lane.key.group, default: 0] += 1
    return (element, lane.key)
  }

  /// Notes that a piece of work of this client has ended.
  package mutating func ended(_ key: WorkKey) {
    Self.decrement(&runningByClient[key])
    Self.decrement(&runningByGroup[key.group])
    forgetTurn(of: key.group)
  }

  private func mayRun(_ key: WorkKey) -> Bool {
    runningByClient[key, default: 0] < shares.runningPerClientMax
      && runningByGroup[key.group, default: 0] < shares.runningPerGroupMax
  }

  private static func decrement(_ count: inout Int?) {
    precondition(count ?? 0 > 0, "more work ended than began")
    count = count == 1 ? nil : count! - 1
  }

  /// Groups without work are forgotten, so that there are never more than pieces of work.
  private mutating func forgetTurn(of group: Int) {
    if runningByGroup[group] == nil, !lanes.contains(where: { $0.key.group == group }) { turns[group] = nil }
  }
}
