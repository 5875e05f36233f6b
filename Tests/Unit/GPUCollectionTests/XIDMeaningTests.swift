import Testing

@testable import GPUCollection

/// Goal: a code means what NVIDIA's catalog of XIDs says, as of November 2026.
@Suite("Meaning of XIDs") struct XIDMeaningTests {
  @Test(
    "Codes have a class and a description",
    arguments: [
      (13, XIDMeaning.Class.application, "graphics engine exception"), (31, .application, "memory page fault"),
      (32, .hardware, "push buffer"), (43, .application, "the GPU is sound"), (46, .driver, "stopped processing"),
      (48, .hardware, "uncorrectable"), (61, .driver, "breakpoint"), (62, .hardware, "halted"),
      (63, .hardware, "is to be replaced"), (64, .hardware, "could not be replaced"), (68, .unknown, "video decoder"),
      (69, .application, "class error"), (74, .hardware, "NVLink"), (79, .hardware, "fallen off the bus"),
      (92, .hardware, "corrected"), (94, .hardware, "contained"), (95, .hardware, "needs a reset"),
      (109, .driver, "timed out"), (110, .hardware, "security"), (119, .driver, "did not answer"),
      (121, .hardware, "corrected errors on the link"), (131, .unknown, "copy engine"), (136, .hardware, "trained"),
      (137, .application, "refused"), (140, .hardware, "without recovery"), (143, .driver, "initialised"),
      (145, .hardware, "NVLink"), (154, .driver, "recovery action"), (157, .hardware, "could not be retired"),
      (158, .hardware, "timed out"), (172, .hardware, "inside the chip"),
    ] as [(UInt64, XIDMeaning.Class, String)])
  func meaning(code: UInt64, kind: XIDMeaning.Class, text: String) {
    let meaning = XIDMeaning(code: code)
    #expect(meaning.kind == kind)
    #expect(meaning.text.contains(text), "\(meaning.text)")
  }

  @Test("Codes that are not used have none", arguments: [0, 7, 33, 59, 122, 173, UInt64.max])
  func unused(code: UInt64) {
    #expect(XIDMeaning(code: code) == XIDMeaning(code: 0))
    #expect(XIDMeaning(code: code).text == "no description")
  }
}
