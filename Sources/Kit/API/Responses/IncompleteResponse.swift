/// How a response says that it lacks rows which were acknowledged, because the store cannot take them at present.
package enum IncompleteResponse {
  /// The field, with the value `true`.
  package static let field = "x-axonize-incomplete"
}
