import FoundationEssentials

extension Rule {
  /// A setting that is in no group, or whose group no feature names, could be read but never set.
  ///
  /// The reference page is held equal to the catalog by another test, so a setting that it does not show is missing
  /// there.
  static let settings = Rule(name: "a setting is in the catalog") { file in
    guard file.path.hasPrefix("Sources/"), file.path.hasSuffix(".swift") else { return [] }
    let lines = file.lines
    return lines.indices.filter { lines[$0].contains("static let ") && lines[$0].contains("Setting<") }
      .compactMap { index in
        // The key is the first text of the declaration.
        let parts = lines[index...].prefix(3).joined(separator: "\n").split(separator: "\"")
        guard parts.count > 1 else { return "\(file.path):\(index + 1): a setting without a key beside it" }
        return referenceKeys.contains(parts[1])
          ? nil
          : "\(file.path):\(index + 1): '\(parts[1])' is not in docs/configuration.md; list it in its SettingGroup, "
            + "the group in the settings of its feature, and write the page anew (AXONIZE_UPDATE_SNAPSHOTS=1)"
      }
  }

  /// The keys that docs/configuration.md has an entry for.
  private static let referenceKeys: Set<Substring> = {
    let data = FileManager.default.contents(atPath: SourceTree.root + "/docs/configuration.md") ?? Data()
    let heading = "### `"
    return Set(
      String(decoding: data, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix(heading) }
        .map { $0.dropFirst(heading.count).dropLast() })
  }()
}
