import API
import Scores

extension ScoreCondition {
  /// A condition as a member of the family `score`, for example `score.helpfulness>=0.8`.
  ///
  /// - Parameters:
  ///   - key: what stands between `score.` and the first `=`, with the other sign of an operator: `helpfulness>`.
  ///   - value: what stands behind it; empty where there is no `=`, and the key has all.
  init(key: String, value: String) throws(InputMistake) {
    let form = "expected score.<name>=<value>, or another of the operators != > >= < <="
    let end = key.firstIndex { "<>!".contains($0) } ?? key.endIndex
    let name = String(key[..<end])
    let rest = end < key.endIndex ? key[key.index(after: end)...] : ""
    let sign = end < key.endIndex ? key[end] : "="
    let isAlone = !rest.isEmpty
    // Without a `=`, the value stands in the key.
    guard !name.isEmpty, isAlone ? value.isEmpty && sign != "!" : !value.isEmpty,
      let comparison = ScoreComparison(rawValue: isAlone || sign == "=" ? "\(sign)" : "\(sign)=")
    else { throw InputMistake(form) }
    guard name.unicodeScalars.count <= ScoreLimits.nameLengthMax else {
      throw InputMistake("the name is longer than \(ScoreLimits.nameLengthMax) characters")
    }
    let scored = ScoreValue(text: isAlone ? String(rest) : value)
    if comparison != .equal, comparison != .notEqual, scored.kind != .number {
      throw InputMistake("\(comparison.rawValue) takes a number; categories and booleans are compared with = and !=")
    }
    self.init(name: name, test: .value(comparison, scored))
  }
}

extension ScoreValue {
  /// A number, true or false, or else a category.
  fileprivate init(text: String) {
    switch text {
    case "true": self = .boolean(true)
    case "false": self = .boolean(false)
    default: self = Double(text).flatMap { $0.isFinite ? .number($0) : nil } ?? .category(text)
    }
  }
}
