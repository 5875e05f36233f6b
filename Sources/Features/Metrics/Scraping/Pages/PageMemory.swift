import Synchronization

/// How many bytes of pages are received at once, of all targets together.
final class PageMemory: Sendable {
  let bytesMax: Int
  private let taken = Atomic<Int>(0)

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// Bytes that are taken.
  var bytes: Int { taken.load(ordering: .relaxed) }

  /// Room for the bytes of one page, given back when it is let go.
  final class Lease: Sendable {
    private let memory: PageMemory
    private let held = Atomic<Int>(0)

    init(_ memory: PageMemory) { self.memory = memory }

    deinit { memory.taken.subtract(held.load(ordering: .relaxed), ordering: .relaxed) }

    /// Takes room for more bytes.
    func take(_ count: Int) throws(PageFailure) {
      held.add(count, ordering: .relaxed)
      guard memory.taken.add(count, ordering: .relaxed).newValue <= memory.bytesMax else {
        throw PageFailure(
          "the pages that are being received have more than \(memory.bytesMax) bytes together; scrape fewer or smaller "
            + "pages at once, or raise the limit")
      }
    }
  }
}
