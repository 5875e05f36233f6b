public import CAxonizeCore

// What the export thread uses, for embedders that send over a connection of their own.

/// Reads an answer.
@c @implementation
public func axz_response_read(
  _ bytes: UnsafeMutablePointer<UInt8>, _ size: Int, _ isAtEnd: Bool, _ response: UnsafeMutablePointer<axz_response>
) -> UInt32 {
  var read = Response()
  let outcome = Response.parse(bytes, min(size, responseBytesMax), isAtEnd: isAtEnd, &read)
  response.pointee = axz_response(
    status: read.status, keeps_connection: read.keepsConnection, retry_after: read.retryAfter,
    content_offset: read.contentOffset, content_size: read.contentSize)
  switch outcome {
  case .unfinished: return UInt32(AXZ_RESPONSE_UNFINISHED)
  case .whole: return UInt32(AXZ_RESPONSE_WHOLE)
  case .malformed: return UInt32(AXZ_RESPONSE_MALFORMED)
  }
}

/// The number of rejected spans in an answer's content.
@c @implementation
public func axz_response_rejected_spans(_ content: UnsafePointer<UInt8>?, _ size: Int) -> UInt64 {
  guard let content else { return 0 }
  return Response.rejectedSpans(content, size)
}

/// Compresses bytes.
@c @implementation
public func axz_compress(
  _ compression: UInt32, _ bytes: UnsafePointer<UInt8>?, _ size: Int, _ packedSize: UnsafeMutablePointer<Int>
) -> UnsafeMutablePointer<UInt8>? {
  packedSize.pointee = 0
  var compressor = Compressor()
  guard let bytes, Compressor.open(&compressor, compression), let copy = malloc(max(size, 1)) else { return nil }
  memcpy(copy, bytes, size)
  let memory = copy.assumingMemoryBound(to: UInt8.self)
  var request = Request(memory: memory, body: memory, size: size)
  guard Compressor.compress(&compressor, &request) else {
    Request.release(&request)
    return nil
  }
  packedSize.pointee = request.size
  return request.memory
}
