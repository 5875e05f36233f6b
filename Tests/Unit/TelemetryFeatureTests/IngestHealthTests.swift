import Feature
import Testing

@testable import TelemetryFeature

@Suite struct IngestHealthTests {
  @Test(
    arguments: [
      (nil, nil, nil, nil, nil),
      ("full", nil, nil, "requests are refused", "requests are refused: full"),
      ("full", "ro", "away", "requests are refused", "requests are refused: full"),
      (
        nil, "ro", nil, "the journal cannot be written",
        "ro; requests are acknowledged when their rows are stored, as long as the store works"
      ),
      (nil, nil, "away", "rows cannot be stored", "away; requests are acknowledged and wait in the journal"),
      (
        nil, "ro", "away", "no request can be acknowledged",
        "no request can be acknowledged: ro, and rows cannot be stored: away"
      ),
    ] as [(String?, String?, String?, String?, String?)])
  func `says what becomes of requests`(
    refusal: String?, journal: String?, store: String?, summary: String?, details: String?
  ) {
    let problem = IngestHealth(refusal: refusal, journal: journal, store: store).problem
    #expect(problem?.summary == summary)
    #expect(problem?.details == details)
  }
}
