/// The series that have a label, by their place in the index, ascending.
///
/// Most labels of high cardinality have one series, so one takes no memory of its own.
enum Postings: Sendable {
  case one(UInt32)
  case many([UInt32])

  mutating func append(_ place: UInt32) {
    switch self {
    case .one(let first): self = .many([first, place])
    case .many(var places):
      // Taken out first, so that the array is not copied.
      self = .one(0)
      places.append(place)
      self = .many(places)
    }
  }

  var count: Int {
    switch self {
    case .one: 1
    case .many(let places): places.count
    }
  }

  var places: [UInt32] {
    switch self {
    case .one(let place): [place]
    case .many(let places): places
    }
  }
}
