import Testing
package import TraceQL

/// Queries that were made of something else than their text.
package enum QueryText {
  /// Expects the conditions of a text; positions are not compared, which generated queries do not have.
  package static func expect(_ query: TraceQLQuery?, selects text: String) throws {
    let plain = { (query: TraceQLQuery?) in
      query.map { "\($0.spansets)".replacing(#/position: [^)]*\)/#, with: "") }
    }
    #expect(try plain(query) == plain(TraceQLParser.parse(text)))
  }
}
