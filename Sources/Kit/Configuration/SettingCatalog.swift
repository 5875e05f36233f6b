/// Settings that belong together: a section of the reference page, and of the file where their keys have a first part.
package struct SettingGroup: Sendable {
  /// The first part of the keys; nil for keys of one part.
  let name: String?
  /// The heading of the section.
  let title: String
  package let declarations: [SettingDeclaration]
  /// Sections of the file that belong to it.
  let sections: [SettingSection]
  let retired: [RetiredSetting]

  /// - Parameters:
  ///   - name: the first part of the keys; nil for keys of one part.
  ///   - title: the heading of the section.
  ///   - sections: sections of the file with forms of their own.
  ///   - retired: settings of earlier versions whose place these have taken.
  package init(
    _ name: String? = nil, title: String, _ declarations: [SettingDeclaration], sections: [SettingSection] = [],
    retired: [RetiredSetting] = []
  ) {
    self.sections = sections
    self.retired = retired
    for declaration in declarations {
      let prefix = declaration.key.lastIndex(of: ".").map { String(declaration.key[..<$0]) }
      precondition(prefix == name, "\(declaration.key) is in the group \(name ?? "of keys of one part")")
    }
    self.name = name
    self.title = title
    self.declarations = declarations
  }
}

/// A section of the file with a form of its own, which only its slice reads: no setting, so it has no variable and no flag.
package struct SettingSection: Sendable {
  /// The member at the top of the file.
  package let key: String
  /// Members that people write at the top of the file, where they stand in files of other programs.
  let members: [String]
  let meaning: String
  let notes: String

  /// - Parameters:
  ///   - members: members that people may take for settings.
  ///   - meaning: one sentence.
  ///   - notes: what else is worth knowing.
  package init(_ key: String, members: [String] = [], meaning: String, notes: String) {
    self.key = key
    self.members = members
    self.meaning = meaning
    self.notes = notes
  }
}

/// A setting of earlier versions, which is refused with advice: to leave it out silently would change what happens.
package struct RetiredSetting: Sendable {
  let key: String
  /// What to do, a sentence.
  let advice: String

  /// - Parameter advice: what to do, a sentence.
  package init(_ key: String, advice: String) {
    self.key = key
    self.advice = advice
  }

  /// The name that its environment variable had.
  var environmentName: String { SettingDeclaration.environmentName(of: key) }

  /// What is wrong, after the place where it stands.
  var problem: String { "the setting '\(key)' is gone. \(advice)" }
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

  /// Every section of the file with a form of its own.
  var sections: [SettingSection] { groups.flatMap(\.sections) }

  /// Settings of earlier versions.
  var retired: [RetiredSetting] { groups.flatMap(\.retired) }

  /// Every setting in the order of the reference page.
  package var all: [SettingDeclaration] { groups.flatMap(\.declarations) }
}
