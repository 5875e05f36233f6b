import System
import Testing

/// Goal: nobody can keep others from the threads.
///
/// Method: the queue alone; a list of what runs, piece by piece.
@Suite struct `Queue that clients share` {
  private static let alice = WorkKey(group: 1, client: 1)
  private static let bob = WorkKey(group: 1, client: 2)
  private static let carol = WorkKey(group: 2, client: 1)

  /// A class, because `#expect` cannot call what changes a value.
  private final class Queue {
    private var queue: FairQueue<String>

    init(_ shares: WorkShares) { queue = FairQueue(shares) }

    convenience init(waiting: Int = 100, threads: Int) {
      self.init(WorkShares(waitingCountMax: waiting, threadCount: threads))
    }

    var waitingCount: Int { queue.waitingCount }
    func append(_ element: String, id: Int, of key: WorkKey) -> Bool {
      queue.append(element, id: UInt64(id), of: key)
    }
    func withdraw(id: Int, of key: WorkKey) -> String? { queue.withdraw(id: UInt64(id), of: key) }
    func next() -> (element: String, key: WorkKey)? { queue.next() }
    func ended(_ key: WorkKey) { queue.ended(key) }
  }

  @Test func `clients of a group and groups take turns`() {
    let queue = Queue(threads: 100)
    var id = 0
    for (key, name, count) in [(Self.alice, "a", 4), (Self.bob, "b", 2), (Self.carol, "c", 3)] {
      for number in 1...count {
        id += 1
        #expect(queue.append("\(name)\(number)", id: id, of: key))
      }
    }
    var order: [String] = []
    while let next = queue.next() {
      order.append(next.element)
      queue.ended(next.key)
    }
    #expect(order == ["a1", "c1", "b1", "c2", "a2", "c3", "b2", "a3", "a4"])
    #expect(queue.waitingCount == 0)
  }

  @Test(arguments: [(1, 1, 1), (2, 1, 1), (4, 2, 3), (8, 4, 7)])
  func `a client runs at most half of the threads and a group all but one`(threads: Int, client: Int, group: Int) {
    let queue = Queue(threads: threads)
    for id in 0..<20 { #expect(queue.append("a", id: id, of: Self.alice)) }
    var running = 0
    while queue.next() != nil { running += 1 }
    #expect(running == client)

    for id in 20..<40 { #expect(queue.append("b", id: id, of: Self.bob)) }
    while queue.next() != nil { running += 1 }
    #expect(running == group)

    #expect(queue.append("c", id: 40, of: Self.carol))
    #expect(queue.next()?.element == "c", "another tenant's question begins at once")

    queue.ended(Self.alice)
    #expect(queue.next() != nil, "a thread that is free again takes what waited")
  }

  @Test func `a client fills at most half of the queue`() {
    let queue = Queue(waiting: 8, threads: 2)
    let taken = (0..<10).filter { queue.append("a", id: $0, of: Self.alice) }
    #expect(taken == [0, 1, 2, 3])
    let others = (10..<20).filter { queue.append("c", id: $0, of: Self.carol) }
    #expect(others == [10, 11, 12, 13])
    #expect(!queue.append("b", id: 20, of: Self.bob), "the queue is full")
  }

  @Test func `withdrawn work never runs, and makes room`() {
    let queue = Queue(waiting: 4, threads: 2)
    #expect(queue.append("first", id: 1, of: Self.alice))
    #expect(queue.append("second", id: 2, of: Self.alice))
    #expect(!queue.append("third", id: 3, of: Self.alice))
    #expect(queue.withdraw(id: 1, of: Self.alice) == "first")
    #expect(queue.withdraw(id: 1, of: Self.alice) == nil)
    #expect(queue.append("third", id: 3, of: Self.alice))
    #expect(queue.next()?.element == "second")
    #expect(queue.withdraw(id: 2, of: Self.alice) == nil, "it runs already")
  }

  @Test func `work without clients may take everything`() {
    let queue = Queue(WorkShares(waitingCountMax: 3))
    for id in 0..<3 { #expect(queue.append("\(id)", id: id, of: Self.alice)) }
    var running: [String] = []
    while let next = queue.next() { running.append(next.element) }
    #expect(running == ["0", "1", "2"])
  }
}
