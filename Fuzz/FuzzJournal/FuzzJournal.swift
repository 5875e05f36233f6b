import FuzzCases

/// libFuzzer's entry point: https://llvm.org/docs/LibFuzzer.html#fuzz-target.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // SAFETY: libFuzzer passes count readable bytes, or none.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  JournalFuzzCase.run(input)
  return 0
}
