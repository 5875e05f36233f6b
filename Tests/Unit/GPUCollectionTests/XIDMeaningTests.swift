import Testing

@testable import GPUCollection

@Suite("Meaning of XIDs") struct XIDMeaningTests {
  @Test(
    "Common codes have a class",
    arguments: [
      (UInt64(13), XIDMeaning.Class.application), (79, .hardware), (119, .driver), (145, .hardware), (7, .unknown),
    ])
  func classes(code: UInt64, kind: XIDMeaning.Class) {
    #expect(XIDMeaning(code: code).kind == kind)
  }
}
