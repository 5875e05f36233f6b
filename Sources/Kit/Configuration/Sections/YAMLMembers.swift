package import YAML

/// Something that is wrong in a section of a configuration file.
package struct SectionProblem: Sendable, Hashable {
  package let line: Int
  package let column: Int
  package let text: String
}

/// Collects what is wrong, so that everything is said at once.
package final class SectionProblems {
  package private(set) var all: [SectionProblem] = []

  package init() {}

  /// As lines with the place in a file, in its order.
  package func texts(_ path: String) -> [String] {
    all.sorted { ($0.line, $0.column) < ($1.line, $1.column) }.map {
      "\(path):\($0.line):\($0.column): \($0.text)\($0.text.hasSuffix("?") ? "" : ".")"
    }
  }

  package func add(_ node: YAMLNode, _ text: String) { add(line: node.line, column: node.column, text) }

  package func add(line: Int, column: Int, _ text: String) {
    all.append(SectionProblem(line: line, column: column, text: text))
  }
}

/// The members of a mapping, read one by one; those that nobody read are refused at the end.
package struct YAMLMembers {
  package let node: YAMLNode
  /// What the mapping is, for example `scrape_configs`.
  package let place: String
  private let problems: SectionProblems
  private let entries: [String: YAMLEntry]
  private var known: Set<String> = []

  /// Nil, with a problem, where the node is not a mapping.
  package init?(_ node: YAMLNode, _ place: String, _ problems: SectionProblems) {
    guard case .mapping(let entries) = node.content else {
      problems.add(node, "\(place) takes members, 'name: value'")
      return nil
    }
    self.node = node
    self.place = place
    self.problems = problems
    self.entries = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
  }

  /// The value of a member; nil where there is none.
  package mutating func value(_ name: String) -> YAMLNode? {
    known.insert(name)
    guard let value = entries[name]?.value, !value.isNull else { return nil }
    return value
  }

  package mutating func contains(_ name: String) -> Bool { value(name) != nil }

  package mutating func text(_ name: String) -> String? {
    guard let value = value(name) else { return nil }
    guard case .scalar(let text, _) = value.content else {
      problems.add(value, "'\(name)' of \(place) takes a text, not a list or members")
      return nil
    }
    return text
  }

  /// A text that has to be read, with what it may be.
  package mutating func read<Value>(_ name: String, _ expected: String, _ parse: (String) -> Value?) -> Value? {
    guard let node = value(name), let text = text(name) else { return nil }
    guard let result = parse(text) else {
      problems.add(node, "'\(text)' is not a value for '\(name)' of \(place), which takes \(expected)")
      return nil
    }
    return result
  }

  package mutating func bool(_ name: String) -> Bool? {
    read(name, "true or false") { $0 == "true" ? true : $0 == "false" ? false : nil }
  }

  /// A count; 0 is no limit.
  package mutating func count(_ name: String) -> Int? {
    read(name, "a number of at least 0") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
  }

  package mutating func list(_ name: String) -> [YAMLNode]? {
    guard let value = value(name) else { return nil }
    guard case .sequence(let elements) = value.content else {
      problems.add(value, "'\(name)' of \(place) takes a list")
      return nil
    }
    return elements
  }

  package mutating func texts(_ name: String) -> [String]? {
    list(name)?.compactMap { element in
      guard case .scalar(let text, _) = element.content else {
        problems.add(element, "'\(name)' of \(place) takes a list of texts")
        return nil
      }
      return text
    }
  }

  package mutating func mapping(_ name: String) -> [YAMLEntry]? {
    guard let value = value(name) else { return nil }
    guard case .mapping(let entries) = value.content else {
      problems.add(value, "'\(name)' of \(place) takes members, 'name: value'")
      return nil
    }
    return entries
  }

  package func problem(_ text: String) { problems.add(node, text) }

  /// A problem at a member, or at the mapping where it is not there.
  package func problem(at name: String, _ text: String) { problems.add(entries[name]?.value ?? node, text) }

  /// Refuses the members that were not read.
  ///
  /// - Parameter unsupported: members that are known from another program's files, and that Axonize does not have.
  package func finish(unsupported: Set<String> = []) {
    for entry in entries.values.sorted(by: { ($0.line, $0.column) < ($1.line, $1.column) })
    where !known.contains(entry.key) {
      let text =
        unsupported.contains(entry.key)
        ? "'\(entry.key)' of \(place) is not supported"
        : "there is no member '\(entry.key)' of \(place)\(meant(by: entry.key))"
      problems.add(line: entry.line, column: entry.column, text)
    }
  }

  /// What a misspelt name may stand for, or all names where they are few or none is near.
  private func meant(by name: String) -> String {
    let phrase = known.count > 4 ? Suggestion.phrase(for: name, among: known) : ""
    return phrase.isEmpty ? "; it has \(known.sorted().joined(separator: ", "))" : phrase
  }
}
