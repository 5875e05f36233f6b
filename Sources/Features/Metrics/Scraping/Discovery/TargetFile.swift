import Configuration
import JSON
import Series
import YAML

/// A file of targets for `file_sd_configs`: a list of groups, in JSON or YAML.
package enum TargetFile {
  /// Bytes of a file; one MiB has some ten thousand targets.
  static let bytesMax = 1 << 20

  /// Why a file cannot be used: the place in it and what is wrong.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Reads the groups of a file; each gets the label `__meta_filepath`.
  package static func read(_ bytes: [UInt8], path: String) throws(Failure) -> [TargetGroup] {
    let groups = path.hasSuffix(".json") ? try json(bytes) : try yaml(bytes)
    return groups.enumerated().map { index, group in
      TargetGroup(
        targets: group.targets, labels: group.labels.setting("__meta_filepath", to: path), source: "\(path):\(index)")
    }
  }

  private static func json(_ bytes: [UInt8]) throws(Failure) -> [TargetGroup] {
    let root: JSONValue
    do {
      root = try JSONValue(parsing: bytes)
    } catch {
      throw Failure(description: "\(error)")
    }
    guard let elements = root.array else { throw Failure(description: "the file must hold a list of groups") }
    var groups: [TargetGroup] = []
    for (index, element) in elements.enumerated() {
      func failure(_ text: String) -> Failure { Failure(description: "group \(index + 1): \(text)") }
      guard let members = element.members else { throw failure("it must have members") }
      var targets: [String] = []
      var labels: [Label] = []
      for member in members {
        switch member.key {
        case "targets":
          guard let texts = member.value.array?.map(\.string), !texts.contains(nil) else {
            throw failure("'targets' takes a list of texts")
          }
          targets = texts.compactMap { $0 }
        case "labels":
          guard let values = member.value.members, values.allSatisfy({ $0.value.string != nil }) else {
            throw failure("'labels' takes members that are texts")
          }
          labels = values.map { Label($0.key, $0.value.string ?? "") }
        default: throw failure("there is no member '\(member.key)'; a group has targets and labels")
        }
      }
      groups.append(try group(targets, labels, failure))
    }
    return groups
  }

  private static func yaml(_ bytes: [UInt8]) throws(Failure) -> [TargetGroup] {
    let root: YAMLNode?
    do {
      root = try YAMLReader.read(bytes)
    } catch {
      throw Failure(description: "\(error)")
    }
    guard let root, !root.isNull else { return [] }
    let problems = SectionProblems()
    guard case .sequence(let elements) = root.content else {
      throw Failure(description: "\(root.line):\(root.column): the file must hold a list of groups")
    }
    var groups: [TargetGroup] = []
    for element in elements {
      guard var members = YAMLMembers(element, "a group", problems) else { continue }
      let targets = members.texts("targets") ?? []
      let labels = (members.mapping("labels") ?? []).compactMap { entry -> Label? in
        guard case .scalar(let value, _) = entry.value.content else {
          problems.add(entry.value, "the label '\(entry.key)' takes a text")
          return nil
        }
        return Label(entry.key, value)
      }
      members.finish(unsupported: [])
      groups.append(
        try group(targets, labels) { Failure(description: "\(element.line):\(element.column): \($0)") })
    }
    if let first = problems.all.first {
      throw Failure(description: "\(first.line):\(first.column): \(first.text)")
    }
    return groups
  }

  private static func group(
    _ targets: [String], _ labels: [Label], _ failure: (String) -> Failure
  ) throws(Failure) -> TargetGroup {
    for label in labels where !SeriesNotation.isPlainLabel(label.name) {
      throw failure("'\(label.name)' is not a name of a label")
    }
    return TargetGroup(
      targets: targets.map { LabelSet([Label(TargetLabels.address, $0)]) }, labels: LabelSet(labels), source: "")
  }
}
