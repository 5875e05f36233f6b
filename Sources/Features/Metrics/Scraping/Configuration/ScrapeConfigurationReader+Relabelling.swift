import Configuration
import Series
import YAML

// Relabelling rules, with the checks of Prometheus (`model/relabel`, `Config.Validate`).
extension ScrapeConfigurationReader {
  func rules(_ members: inout YAMLMembers, _ name: String) -> [RelabelRule] {
    (members.list(name) ?? []).compactMap { rule($0, name) }
  }

  private func rule(_ node: YAMLNode, _ place: String) -> RelabelRule? {
    guard var members = YAMLMembers(node, place, problems) else { return nil }
    let names = RelabelAction.allCases.map(\.rawValue).joined(separator: ", ")
    let action = members.read("action", "one of \(names)") { RelabelAction(rawValue: $0.lowercased()) }
    let hasOwnAction = members.contains("action")
    var rule = RelabelRule(action: action ?? .replace, pattern: WholeTextPattern())
    rule.sourceLabels = members.texts("source_labels") ?? []
    rule.separator = members.text("separator") ?? rule.separator
    rule.targetLabel = members.text("target_label") ?? ""
    rule.replacement = members.text("replacement") ?? rule.replacement
    rule.modulus = members.read("modulus", "a number from 0 to 18446744073709551615") { UInt64($0) } ?? 0
    if let expression = members.text("regex"), expression != RelabelRule.defaultExpression {
      do throws(TextPatternError) {
        rule.pattern = try compiler.compile(expression)
        rule.expression = expression
      } catch {
        members.problem(at: "regex", "'\(expression)' is not a regular expression: \(error)")
      }
    }
    members.finish(unsupported: [])
    if hasOwnAction, action == nil { return nil }
    check(rule, members)
    return rule
  }

  private func check(_ rule: RelabelRule, _ members: YAMLMembers) {
    let action = rule.action.rawValue
    func needsLabel() {
      if !SeriesNotation.isPlainLabel(rule.targetLabel) {
        members.problem(at: "target_label", "'\(rule.targetLabel)' is not a target_label that \(action) can set")
      }
    }
    switch rule.action {
    case .replace:
      if !LabelTemplate.isValid(rule.targetLabel) {
        members.problem(at: "target_label", "'\(rule.targetLabel)' is not a target_label that replace can set")
      }
    case .hashmod:
      needsLabel()
      if rule.modulus == 0 { members.problem(at: "modulus", "hashmod needs a modulus of more than 0") }
    case .lowercase, .uppercase:
      needsLabel()
      if rule.replacement != RelabelRule.defaultReplacement {
        members.problem(at: "replacement", "\(action) takes no replacement")
      }
    case .keepequal, .dropequal:
      needsLabel()
      if !rule.hasDefaultPattern || rule.separator != RelabelRule.defaultSeparator || rule.modulus != 0
        || rule.replacement != RelabelRule.defaultReplacement
      {
        members.problem("\(action) takes source_labels and target_label, and no other member")
      }
    case .labelmap:
      if !LabelTemplate.isValid(rule.replacement) {
        members.problem(at: "replacement", "'\(rule.replacement)' is not a replacement that names labels")
      }
    case .labeldrop, .labelkeep:
      if !rule.sourceLabels.isEmpty || !rule.targetLabel.isEmpty || rule.modulus != 0
        || rule.separator != RelabelRule.defaultSeparator || rule.replacement != RelabelRule.defaultReplacement
      {
        members.problem("\(action) takes regex, and no other member")
      }
    case .keep, .drop: break
    }
  }
}

/// The pattern `(.*)`, which every text matches: the default, which needs no engine.
struct WholeTextPattern: TextPattern {
  func matches(_ text: String) -> Bool { true }

  func expand(_ template: String, matching text: String) -> String? {
    guard template != "$1" else { return text }
    return LabelTemplate.expand(template) { name in ["0", "1"].contains(name) ? text : "" }
  }
}
