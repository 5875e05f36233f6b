/// A token and where it begins.
struct Token: Hashable {
  let kind: Kind
  let offset: Int

  enum Kind: Hashable {
    case openBrace, closeBrace, openParenthesis, closeParenthesis, comma, pipe
    case and, or, not
    case comparison(ComparisonOperator)
    /// `>>`; `>` arrives as a comparison, and the parser decides by its place.
    case descendant
    /// An operator of TraceQL that this subset lacks, e.g. `<<`.
    case unsupported(String)
    case string(String)
    case int(Int64)
    case float(Double)
    /// Nanoseconds.
    case duration(Int64)
    case word(String)
    case attribute(AttributeScope, key: String)
    /// `score.x`.
    case score(String)
    /// `trace:id` and the like.
    case scopedIntrinsic(scope: String, name: String)
    case end
  }

  /// The token as an error message names it.
  var description: String {
    switch kind {
    case .openBrace: "`{`"
    case .closeBrace: "`}`"
    case .openParenthesis: "`(`"
    case .closeParenthesis: "`)`"
    case .comma: "`,`"
    case .pipe: "`|`"
    case .and: "`&&`"
    case .or: "`||`"
    case .not: "`!`"
    case .comparison(let comparison): "`\(comparison.rawValue)`"
    case .descendant: "`>>`"
    case .unsupported(let text): "`\(text)`"
    case .string: "a string"
    case .int, .float: "a number"
    case .duration: "a duration"
    case .word(let word): "`\(word)`"
    case .attribute(let scope, let key): "`\(scope.prefix)\(key)`"
    case .score(let name): "`score.\(name)`"
    case .scopedIntrinsic(let scope, let name): "`\(scope):\(name)`"
    case .end: "the end of the query"
    }
  }
}
