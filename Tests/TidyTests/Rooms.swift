import FoundationEssentials

/// Which room each target of the package lives in, read from the folders `Sources/<Room>/<Target>`.
enum Rooms {
  static let ofTarget: [String: String] = {
    let sources = SourceTree.root + "/Sources"
    var rooms: [String: String] = [:]
    for room in (try? FileManager.default.contentsOfDirectory(atPath: sources)) ?? [] {
      for target in (try? FileManager.default.contentsOfDirectory(atPath: sources + "/" + room)) ?? [] {
        rooms[target] = room
      }
    }
    return rooms
  }()
}
