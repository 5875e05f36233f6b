import CAxonizeCore

// The libraries are opened when they are first needed, so that the core has no dependency but libc. Without them a
// request is sent as it is.

private typealias ZlibInit =
  @convention(c) (
    UnsafeMutablePointer<axz_zlib_stream>, Int32, Int32, Int32, Int32, Int32, UnsafePointer<CChar>, Int32
  ) -> Int32
private typealias ZlibDeflate = @convention(c) (UnsafeMutablePointer<axz_zlib_stream>, Int32) -> Int32
private typealias ZlibEnd = @convention(c) (UnsafeMutablePointer<axz_zlib_stream>) -> Int32
private typealias ZlibVersion = @convention(c) () -> UnsafePointer<CChar>
private typealias ZstdCompress =
  @convention(c) (UnsafeMutableRawPointer, Int, UnsafeRawPointer, Int, Int32) -> Int
private typealias ZstdBound = @convention(c) (Int) -> Int
private typealias ZstdIsError = @convention(c) (Int) -> UInt32

/// What was found of the libraries.
struct Compressor {
  /// AXZ_COMPRESSION_*; none when the library is not there.
  var kind = UInt32(AXZ_COMPRESSION_NONE)
  var zlibInit: UnsafeMutableRawPointer?
  var zlibDeflate: UnsafeMutableRawPointer?
  var zlibEnd: UnsafeMutableRawPointer?
  var zlibVersion: UnsafeMutableRawPointer?
  var zstdCompress: UnsafeMutableRawPointer?
  var zstdBound: UnsafeMutableRawPointer?
  var zstdIsError: UnsafeMutableRawPointer?

  /// Speed over size: telemetry compresses well at the lowest level.
  private static let level: Int32 = 1

  /// Opens the library of a kind; false when it is not there.
  static func open(_ compressor: UnsafeMutablePointer<Compressor>, _ kind: UInt32) -> Bool {
    if kind == UInt32(AXZ_COMPRESSION_NONE) { return true }
    let isGzip = kind == UInt32(AXZ_COMPRESSION_GZIP)
    guard let library = axz_library(text(isGzip ? "libz.so.1" : "libzstd.so.1")) else { return false }
    if isGzip {
      compressor.pointee.zlibInit = axz_library_symbol(library, text("deflateInit2_"))
      compressor.pointee.zlibDeflate = axz_library_symbol(library, text("deflate"))
      compressor.pointee.zlibEnd = axz_library_symbol(library, text("deflateEnd"))
      compressor.pointee.zlibVersion = axz_library_symbol(library, text("zlibVersion"))
      guard compressor.pointee.zlibInit != nil, compressor.pointee.zlibDeflate != nil,
        compressor.pointee.zlibEnd != nil, compressor.pointee.zlibVersion != nil
      else { return false }
    } else {
      compressor.pointee.zstdCompress = axz_library_symbol(library, text("ZSTD_compress"))
      compressor.pointee.zstdBound = axz_library_symbol(library, text("ZSTD_compressBound"))
      compressor.pointee.zstdIsError = axz_library_symbol(library, text("ZSTD_isError"))
      guard compressor.pointee.zstdCompress != nil, compressor.pointee.zstdBound != nil,
        compressor.pointee.zstdIsError != nil
      else { return false }
    }
    compressor.pointee.kind = kind
    return true
  }

  /// Replaces the request's body by its compressed form; false when that failed and the body is as before.
  static func compress(_ compressor: UnsafePointer<Compressor>, _ request: UnsafeMutablePointer<Request>) -> Bool {
    guard let body = request.pointee.body else { return false }
    let size = request.pointee.size
    var packed: (memory: UnsafeMutableRawPointer, size: Int)?
    switch compressor.pointee.kind {
    case UInt32(AXZ_COMPRESSION_GZIP): packed = gzip(compressor, body, size)
    case UInt32(AXZ_COMPRESSION_ZSTD): packed = zstd(compressor, body, size)
    default: return false
    }
    guard let packed else { return false }
    free(request.pointee.memory)
    let memory = packed.memory.assumingMemoryBound(to: UInt8.self)
    request.pointee.memory = memory
    request.pointee.body = memory
    request.pointee.size = packed.size
    request.pointee.compression = compressor.pointee.kind
    return true
  }

  private static func gzip(
    _ compressor: UnsafePointer<Compressor>, _ body: UnsafePointer<UInt8>, _ size: Int
  ) -> (memory: UnsafeMutableRawPointer, size: Int)? {
    let begin = unsafeBitCast(compressor.pointee.zlibInit, to: ZlibInit.self)
    let run = unsafeBitCast(compressor.pointee.zlibDeflate, to: ZlibDeflate.self)
    let end = unsafeBitCast(compressor.pointee.zlibEnd, to: ZlibEnd.self)
    let version = unsafeBitCast(compressor.pointee.zlibVersion, to: ZlibVersion.self)
    // deflateBound's greatest case for the default window: stored blocks of the whole input.
    let bound = size &+ size / 8 &+ 64
    guard size < Int(UInt32.max) / 2, let memory = malloc(bound) else { return nil }
    var stream = axz_zlib_stream()
    // 15 + 16: the greatest window, with gzip's header; 8: method deflate is 8 and the default memory level is 8.
    guard begin(&stream, level, 8, 15 + 16, 8, 0, version(), Int32(MemoryLayout<axz_zlib_stream>.size)) == 0 else {
      free(memory)
      return nil
    }
    stream.next_in = body
    stream.avail_in = UInt32(size)
    stream.next_out = memory.assumingMemoryBound(to: UInt8.self)
    stream.avail_out = UInt32(bound)
    // Z_FINISH is 4, Z_STREAM_END 1.
    let isWhole = run(&stream, 4) == 1
    let packed = Int(stream.total_out)
    _ = end(&stream)
    guard isWhole else {
      free(memory)
      return nil
    }
    return (memory, packed)
  }

  private static func zstd(
    _ compressor: UnsafePointer<Compressor>, _ body: UnsafePointer<UInt8>, _ size: Int
  ) -> (memory: UnsafeMutableRawPointer, size: Int)? {
    let bound = unsafeBitCast(compressor.pointee.zstdBound, to: ZstdBound.self)(size)
    guard let memory = malloc(bound) else { return nil }
    let packed = unsafeBitCast(compressor.pointee.zstdCompress, to: ZstdCompress.self)(
      memory, bound, body, size, level)
    if unsafeBitCast(compressor.pointee.zstdIsError, to: ZstdIsError.self)(packed) != 0 {
      free(memory)
      return nil
    }
    return (memory, packed)
  }
}

/// The bytes of a literal, which end in NUL.
@inline(__always)
func text(_ literal: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self)
}
