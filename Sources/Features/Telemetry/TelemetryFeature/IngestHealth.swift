import Feature

/// What `/readyz` says of the way in.
struct IngestHealth {
  /// Why no request is taken.
  let refusal: String?
  /// Why the journal takes none.
  let journal: String?
  /// Why rows are not stored.
  let store: String?

  var problem: HealthCheck.Problem? {
    switch (refusal, journal, store) {
    case (let refusal?, _, _):
      .init(summary: "requests are refused", details: "requests are refused: \(refusal)")
    case (nil, let journal?, let store?):
      .init(
        summary: "no request can be acknowledged",
        details: "no request can be acknowledged: \(journal), and rows cannot be stored: \(store)")
    case (nil, let journal?, nil):
      .init(
        summary: "the journal cannot be written",
        details: "\(journal); requests are acknowledged when their rows are stored, as long as the store works")
    case (nil, nil, let store?):
      .init(
        summary: "rows cannot be stored", details: "\(store); requests are acknowledged and wait in the journal")
    case (nil, nil, nil): nil
    }
  }
}
