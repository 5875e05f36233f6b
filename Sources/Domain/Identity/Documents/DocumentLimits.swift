/// Bounds of what a document store holds.
package struct DocumentLimits: Sendable, Hashable {
  /// Documents of one tenant and kind.
  ///
  /// 1,000: people make them by hand, and a list of them is read whole to draw a menu.
  package var documentCountMax = 1_000
  /// Bytes of a body.
  ///
  /// 256 KiB: a dashboard of 100 panels at 2 KiB each, and as much to spare.
  package var bodyBytesMax = 256 << 10

  /// Documents of one page: 100, whose bodies take at most 25 MiB of memory.
  package static let pageCountMax = 100
  /// Characters of a kind; more than any name in use.
  package static let kindCharactersMax = 64
  /// Characters of an id; a UUID has 36.
  package static let idCharactersMax = 64

  package init() {}
}

/// The rules for what a document is called.
///
/// Every implementation of ``DocumentStore`` checks them.
package enum DocumentRules {
  package static func check(_ reference: DocumentReference) throws(RegistryError) {
    try check(kind: reference.kind)
    try check(id: reference.id)
  }

  package static func check(kind: String) throws(RegistryError) {
    let words = kind.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
    let isClean = words.allSatisfy { word in !word.isEmpty && word.allSatisfy { (0x61...0x7a).contains($0) } }
    guard isClean, kind.utf8.count <= DocumentLimits.kindCharactersMax else {
      throw RegistryError(
        kind: .invalid,
        message: "The kind of a document needs 1 to \(DocumentLimits.kindCharactersMax) characters: words of a to z, "
          + "with _ between them.",
        field: .kind)
    }
  }

  package static func check(id: String) throws(RegistryError) {
    let isClean = id.utf8.allSatisfy { character in
      switch character {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "-"): true
      default: false
      }
    }
    guard isClean, (1...DocumentLimits.idCharactersMax).contains(id.utf8.count) else {
      throw RegistryError(
        kind: .invalid,
        message: "The id of a document needs 1 to \(DocumentLimits.idCharactersMax) characters of A to Z, a to z, "
          + "0 to 9, _ and -.",
        field: .id)
    }
  }

  package static func check(name: String) throws(RegistryError) {
    do { try RegistryName.check(name, of: "document") } catch {
      throw RegistryError(kind: error.kind, message: error.message, field: .name)
    }
  }

  package static func check(body: [UInt8], _ limits: DocumentLimits) throws(RegistryError) {
    guard (1...limits.bodyBytesMax).contains(body.count) else {
      throw RegistryError(
        kind: .invalid,
        message: "The body of a document needs 1 to \(limits.bodyBytesMax) bytes, and this one has \(body.count).",
        field: .body)
    }
  }
}
