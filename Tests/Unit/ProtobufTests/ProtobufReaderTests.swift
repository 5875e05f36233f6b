import Protobuf
import Testing

@Suite struct ProtobufReaderTests {
  @Test(arguments: [0, 1, 127, 128, 300, 16_383, 16_384, UInt64(UInt32.max), 1 << 62, 1 << 63, .max])
  func `a varint of any length reads back`(value: UInt64) throws {
    var writer = ProtobufWriter()
    writer.varint(3, value)
    try read(writer.bytes) { reader throws(ProtobufError) in
      #expect(try reader.nextTag() == ProtobufTag.varint(3))
      #expect(try reader.readVarint() == value)
      #expect(try reader.nextTag() == 0)
    }
  }

  @Test func `every kind of field reads back`() throws {
    var writer = ProtobufWriter()
    writer.bool(1, true)
    writer.sint32(2, -3)
    writer.sint32(2, .min)
    writer.fixed64(3, 0x0102_0304_0506_0708)
    writer.fixed32(1_000, 7)
    writer.double(536_870_911, -0.5)
    writer.string(4, "text")
    writer.message(5) { writer in
      writer.bytes(1, [UInt8](repeating: 9, count: 200))
    }
    writer.packedVarint(6, [1, 300])
    try read(writer.bytes) { reader throws(ProtobufError) in
      #expect(try reader.nextTag() == ProtobufTag.varint(1))
      #expect(try reader.readBool())
      #expect(try reader.nextTag() == ProtobufTag.varint(2))
      #expect(try reader.readSInt32() == -3)
      #expect(try reader.nextTag() == ProtobufTag.varint(2))
      #expect(try reader.readSInt32() == .min)
      #expect(try reader.nextTag() == ProtobufTag.fixed64(3))
      #expect(try reader.readFixed64() == 0x0102_0304_0506_0708)
      #expect(try reader.nextTag() == ProtobufTag.fixed32(1_000))
      #expect(try reader.readFixed32() == 7)
      #expect(try reader.nextTag() == ProtobufTag.fixed64(536_870_911))
      #expect(try reader.readDouble() == -0.5)
      #expect(try reader.nextTag() == ProtobufTag.bytes(4))
      #expect(unsafe Array(try reader.readBytes()) == Array("text".utf8))
      #expect(try reader.nextTag() == ProtobufTag.bytes(5))
      var inner = try reader.readMessage()
      #expect(try inner.nextTag() == ProtobufTag.bytes(1))
      #expect(unsafe try inner.readBytes().count == 200)
      #expect(inner.isAtEnd)
      #expect(try reader.nextTag() == ProtobufTag.bytes(6))
      var packed = try reader.readMessage()
      #expect(try packed.readVarint() == 1)
      #expect(try packed.readVarint() == 300)
      #expect(reader.isAtEnd)
    }
  }

  @Test func `unknown fields and groups are skipped`() throws {
    // Field 1 group { field 2 varint, field 3 group {}, field 4 string }, then field 5 varint 7.
    let bytes: [UInt8] = [0x0b, 0x10, 0x01, 0x1b, 0x1c, 0x22, 0x01, 0x41, 0x0c, 0x28, 0x07]
    try read(bytes) { reader throws(ProtobufError) in
      try reader.skip(reader.nextTag())
      #expect(try reader.nextTag() == ProtobufTag.varint(5))
      #expect(try reader.readVarint() == 7)
    }
  }

  @Test(
    arguments: [
      ([0x08], .truncated, 1), ([0x08, 0x80], .truncated, 1), ([0x09, 1, 2, 3, 4, 5, 6, 7], .truncated, 1),
      ([0x0d, 1, 2, 3], .truncated, 1), ([0x0a, 0x02, 0x41], .truncated, 2),
      ([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .truncated, 11),
      ([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], .varintOverflow, 1),
      ([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .varintOverflow, 1),
      ([0x00], .invalidTag, 0), ([0x07], .invalidTag, 0), ([0x0e], .invalidTag, 0), ([0x0f], .invalidTag, 0),
      ([0x80, 0x80, 0x80, 0x80, 0x10], .invalidTag, 0), ([0x0b], .unbalancedGroup, 1),
      ([0x0c], .unbalancedGroup, 1), ([0x0b, 0x14], .unbalancedGroup, 2),
      ([UInt8](repeating: 0x0b, count: 102), .tooDeep, 101),
    ] as [([UInt8], ProtobufError.Reason, Int)])
  func `malformed bytes are refused with their place`(bytes: [UInt8], reason: ProtobufError.Reason, offset: Int) {
    let error = #expect(throws: ProtobufError.self) {
      try read(bytes) { reader throws(ProtobufError) in
        while case let tag = try reader.nextTag(), tag != 0 { try reader.skip(tag) }
      }
    }
    #expect(error == ProtobufError(reason, offset: offset))
  }

  @Test func `offsets count from the outermost message`() {
    let bytes: [UInt8] = [0x08, 0x01, 0x12, 0x02, 0x08, 0x80]
    let error = #expect(throws: ProtobufError.self) {
      try read(bytes) { reader throws(ProtobufError) in
        try reader.skip(reader.nextTag())
        _ = try reader.nextTag()
        var inner = try reader.readMessage()
        _ = try inner.nextTag()
        _ = try inner.readVarint()
      }
    }
    #expect(error == ProtobufError(.truncated, offset: 5))
  }

  private func read(
    _ bytes: [UInt8], _ body: (inout ProtobufReader) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    let result: Result<Void, ProtobufError> = unsafe bytes.withUnsafeBytes { memory in
      var reader = unsafe ProtobufReader(memory)
      do throws(ProtobufError) { return .success(try body(&reader)) } catch { return .failure(error) }
    }
    try result.get()
  }
}
