import Commands
import Configuration
import JSON

/// What there is to say of an empty result: that no metric has a name of the query, and which one it may stand for, or where
/// the labels of the metric are to be seen.
struct UnknownMetric {
  /// The most names that are compared; with more, nothing is said.
  private static let nameCountMax = 10_000
  private static let nameLabel = "__name__"

  private let client: APIClient

  init(_ client: APIClient) { self.client = client }

  /// What is said of the first name in a query that no metric has, or else a text for a query whose metrics all exist.
  func message(for query: String?, otherwise text: String) -> String {
    guard let query else { return text }
    // The command has its result already: where its reason cannot be found, the text says what is known.
    do throws(CommandFailure) {
      return try message(for: query, text) ?? text
    } catch {
      return text
    }
  }

  private func message(for query: String, _ text: String) throws(CommandFailure) -> String? {
    let selectors = Self.selectors(in: try client.get("/parse_query", [("query", query)]).value["data"] ?? .null)
    if selectors.isEmpty { return nil }
    let response = try client.get("/label/\(Self.nameLabel)/values", [("limit", String(Self.nameCountMax + 1))])
    let known = response.value["data"]?.array?.compactMap(\.string) ?? []
    guard known.count <= Self.nameCountMax else { return nil }
    if let name = selectors.map(\.name).first(where: { !known.contains($0) }) {
      return "No metric has the name '\(TextWidth.visible(name))'"
        + TextWidth.visible(Similar.phrase(for: name, among: known))
        + "\n'axonize metrics list' shows those of the last hour."
    }
    guard let name = selectors.first(where: \.hasLabels)?.name else { return nil }
    return "\(text)\n'axonize series \(TextWidth.visible(name))' shows which labels \(TextWidth.visible(name)) has."
  }

  /// A selector that asks for one metric.
  private struct Selector {
    let name: String
    /// Whether it asks for labels besides.
    let hasLabels: Bool
  }

  /// The selectors of a syntax tree that ask for one metric each, in the order of the query.
  private static func selectors(in tree: JSONValue) -> [Selector] {
    if let elements = tree.array { return elements.flatMap(selectors) }
    let matchers = tree["matchers"]?.array ?? []
    let own = matchers.filter { $0["name"]?.string == nameLabel && $0["type"]?.string == "=" }
    return own.compactMap { $0["value"]?.string }.map { Selector(name: $0, hasLabels: matchers.count > 1) }
      + (tree.members ?? []).filter { $0.key != "matchers" }.flatMap { selectors(in: $0.value) }
  }
}
