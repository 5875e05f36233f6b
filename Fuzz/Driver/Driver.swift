import FuzzCases
import Glibc

/// What the environment names: one program fuzzes every parser, so that one build makes them all.
private let fuzzCase: FuzzCase = {
  let name = unsafe getenv("AXONIZE_FUZZ_AREA").map { unsafe String(cString: $0) }
  guard let found = FuzzCase.all.first(where: { $0.area == name }) else {
    print(FuzzCase.all.map(\.area).joined(separator: "\n"))
    exit(name == nil ? 0 : 2)
  }
  return found
}()

/// Called before libFuzzer reads its arguments.
///
/// Without an area in `AXONIZE_FUZZ_AREA` the program lists them and ends.
@_cdecl("LLVMFuzzerInitialize")
func initialize(_ argumentCount: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutableRawPointer?) -> CInt {
  _ = fuzzCase
  return 0
}

/// libFuzzer's entry point: https://llvm.org/docs/LibFuzzer.html#fuzz-target.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // SAFETY: libFuzzer passes count readable bytes, or none.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  fuzzCase.run(input)
  return 0
}
