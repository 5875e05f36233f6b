package import API
import JSON
package import Scores

extension JSONForm where Value == ScoreValue {
  /// A number, a boolean, or a category as text.
  package static var scoreValue: JSONForm<ScoreValue> {
    let category = JSONForm<String>.line(length: 1...ScoreLimits.categoryLengthMax)
    let schema = Schema.described(
      Schema.either(Schema.number, Schema.boolean, category.shape.schema), "A number, true or false, or a category.")
    let shape = JSONShape<ScoreValue>(schema) { value, writer in
      switch value {
      case .number(let number): writer.double(number)
      case .boolean(let flag): writer.bool(flag)
      case .category(let text): writer.string(text)
      }
    }
    return JSONForm(shape) { json throws(InputMistake) in
      if let flag = json.bool { return .boolean(flag) }
      if json.string != nil { return .category(try category.read(json)) }
      guard let number = json.double, number.isFinite else {
        throw InputMistake("expected a number, true or false, or a category in quotes")
      }
      return .number(number)
    }
  }
}

extension JSONShape where Value == [ScoreTally] {
  /// The scores of a thing in a list, by name.
  package static var scoreTallies: JSONShape<[ScoreTally]> {
    let tally = JSONShape<ScoreTally>.object { tally in
      tally.member("name", .string) { $0.name }
      tally.member("kind", .choice) { $0.kind }
      tally.member("count", .exactInteger) { $0.count }
      tally.member("mean", .scoreMean) { $0.mean }
      tally.member("latest", JSONForm.scoreValue.shape) { $0.latest }
    }
    return list(tally.named("ScoreTally")).described("Its scores, by name; absent where it has none.")
  }
}

extension JSONShape where Value == Double? {
  package static var scoreMean: JSONShape {
    orNull(.number).described("The mean of numbers, the share of true among booleans; null for categories.")
  }
}
