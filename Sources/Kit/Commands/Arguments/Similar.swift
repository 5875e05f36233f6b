import Configuration

/// What the user may have meant, as the end of a sentence.
package enum Similar {
  /// `; did you mean 'x'?`, or a full stop.
  package static func phrase(for word: String, among candidates: [String]) -> String {
    let phrase = Suggestion.phrase(for: word, among: candidates)
    return phrase.isEmpty ? "." : phrase
  }
}
