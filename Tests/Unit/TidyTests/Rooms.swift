import FoundationEssentials

/// Where a file or a target of the package lives.
struct Place: Sendable, Equatable {
  let room: String
  /// The slice of the product, for what lives in the room `Features`.
  let slice: String?
  let target: String

  /// The place of a path `Sources/<Room>/<Target>/…`, or `Sources/Features/<Slice>/<Target>/…`.
  init?(path: [Substring]) {
    let isFeature = path.count > 1 && path[1] == "Features"
    guard path.count > (isFeature ? 4 : 3), path[0] == "Sources" else { return nil }
    room = String(path[1])
    slice = isFeature ? String(path[2]) : nil
    target = String(path[isFeature ? 3 : 2])
  }
}

/// Where each target of the package lives, read from the folders of `Sources`.
enum Rooms {
  static let ofTarget: [String: Place] = {
    var places: [String: Place] = [:]
    for path in (try? FileManager.default.subpathsOfDirectory(atPath: SourceTree.root + "/Sources")) ?? [] {
      guard let place = Place(path: ("Sources/" + path).split(separator: "/")) else { continue }
      places[place.target] = place
    }
    return places
  }()
}
