/// Settings that belong together: a section of the reference page, and of the file where their keys have a first part.
package struct SettingGroup: Sendable {
  /// The first part of the keys; nil for keys of one part.
  let name: String?
  /// The heading of the section.
  let title: String
  package let declarations: [SettingDeclaration]

  /// - Parameters:
  ///   - name: the first part of the keys; nil for keys of one part.
  ///   - title: the heading of the section.
  package init(_ name: String? = nil, title: String, _ declarations: [SettingDeclaration]) {
    for declaration in declarations {
      let prefix = declaration.key.lastIndex(of: ".").map { String(declaration.key[..<$0]) }
      precondition(prefix == name, "\(declaration.key) is in the group \(name ?? "of keys of one part")")
    }
    self.name = name
    self.title = title
    self.declarations = declarations
  }
}

/// Every setting of a program.
///
/// The reference page, the examples, the flags of `serve` and what a file may hold are made from it.
package struct SettingCatalog: Sendable {
  /// In the order of the reference page.
  package let groups: [SettingGroup]

  /// The core settings, and those of features after the ones of addresses and limits.
  package init(features: [SettingGroup]) {
    groups =
      [Settings.server, Settings.tls, Settings.limits, IngestSettings.group] + features
      + [Settings.disk, Settings.engine, Settings.query, Settings.log]
    precondition(Set(all.map(\.flag)).count == all.count, "two settings have the same flag")
  }

  /// Every setting in the order of the reference page.
  package var all: [SettingDeclaration] { groups.flatMap(\.declarations) }
}
