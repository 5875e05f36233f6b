/// A part of a list.
package struct Page<Item: Sendable>: Sendable {
  package let items: [Item]
  /// What leads to the next page; nil on the last one.
  package let nextCursor: String?
  /// What the response leaves out, and why, in sentences.
  package let warnings: [String]

  package init(_ items: [Item], nextCursor: String? = nil, warnings: [String] = []) {
    self.items = items
    self.nextCursor = nextCursor
    self.warnings = warnings
  }
}

extension JSONShape {
  /// `{"data": […], "next_cursor": …}`, with `warnings` where something was left out.
  ///
  /// - Parameter canWarn: whether there may be warnings.
  package static func page<Item: Sendable>(
    _ item: JSONShape<Item>, canWarn: Bool = false
  ) -> JSONShape where Value == Page<Item> {
    .object { page in
      page.member("data", .list(item)) { $0.items }
      page.member("next_cursor", .orNull(.string).described("Null on the last page.")) { $0.nextCursor }
      guard canWarn else { return }
      let warnings = JSONShape<[String]>.list(.string)
        .described("What the response leaves out, and why; absent when it is complete.")
      page.optionalMember("warnings", warnings) { $0.warnings.isEmpty ? nil : $0.warnings }
    }
  }
}
