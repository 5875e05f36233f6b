import Synchronization

/// How many series all targets together remember.
final class SeriesBudget: Sendable {
  let countMax: Int
  private let taken = Atomic<Int>(0)

  init(countMax: Int) { self.countMax = countMax }

  var count: Int { taken.load(ordering: .relaxed) }

  /// Takes room for one; false where there is none.
  func take() -> Bool {
    guard taken.add(1, ordering: .relaxed).newValue <= countMax else {
      taken.subtract(1, ordering: .relaxed)
      return false
    }
    return true
  }

  func give(_ count: Int) { taken.subtract(count, ordering: .relaxed) }
}
