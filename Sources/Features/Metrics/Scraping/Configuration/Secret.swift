/// A text that must not be seen: it shows itself as `<secret>` wherever it is printed.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  let text: String

  init(_ text: String) { self.text = text }

  package var description: String { "<secret>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A secret that stands in the configuration, or in a file that is read anew for each scrape.
package enum SecretSource: Sendable, Hashable {
  case inline(Secret)
  case file(String)
}
