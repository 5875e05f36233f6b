import Base
import Columns
import OTLP
import Protobuf
import Telemetry

/// The row of a resource or scope to which rows of a batch point.
struct ReferencedRow {
  /// Unique within a tenant.
  let id: UInt64
  /// Its number in the block of resources or scopes.
  let row: Int
}

/// A resource or scope and its schema URL.
@safe
struct DescribedMessage {
  var message = unsafe ProtobufReader(UnsafeRawBufferPointer(start: nil, count: 0))
  var schemaURL = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

  /// Hash of both, which identifies the resource or scope within a tenant.
  var id: UInt64 { unsafe ByteHash.hash(message.remainingBytes, seed: ByteHash.hash(schemaURL)) }
}

/// Rows of what records share: resources or scopes.
protocol EnvelopeBlock: ReferenceBlock {
  static var attributesField: UInt32 { get }
  static var droppedAttributesField: UInt32 { get }
  var id: FixedColumn<UInt64> { get }
  var attributes: MapColumn { get }
  var droppedAttributes: FixedColumn<UInt32> { get }
  var schemaURL: DictionaryColumn { get }

  /// Appends the names of a message whose attributes are those of the open row.
  func appendNames(of message: ProtobufReader, cuts: TextCuts) throws(ProtobufError)
}

extension ResourceBlock: EnvelopeBlock {
  /// The name of a service that gives none, as OpenTelemetry defines it
  /// (https://opentelemetry.io/docs/specs/semconv/resource/#service).
  private static let unknownService = "unknown_service"

  static var attributesField: UInt32 { ResourceField.attributes }
  static var droppedAttributesField: UInt32 { ResourceField.droppedAttributes }
  var id: FixedColumn<UInt64> { resourceID }

  func appendNames(of message: ProtobufReader, cuts: TextCuts) {
    let entries = Int(attributes.offsets[attributes.rowCount])..<attributes.values.rowCount
    let service = entries.last { entry in
      attributes.types[entry] == AttributeType.string.rawValue && attributes.keys[entry] == "service.name"
    }
    guard let service else { return serviceName.append(Self.unknownService) }
    unsafe serviceName.append(
      UTF8Text.prefix(attributes.values.rawBytes(service), bytesMax: TextLimits.nameBytesMax))
  }
}

extension ScopeBlock: EnvelopeBlock {
  static var attributesField: UInt32 { ScopeField.attributes }
  static var droppedAttributesField: UInt32 { ScopeField.droppedAttributes }
  var id: FixedColumn<UInt64> { scopeID }

  func appendNames(of message: ProtobufReader, cuts: TextCuts) throws(ProtobufError) {
    var reader = message
    var name = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var version = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(ScopeField.name): unsafe name = try reader.readBytes()
      case ProtobufTag.bytes(ScopeField.version): unsafe version = try reader.readBytes()
      default: try reader.skip(tag)
      }
    }
    unsafe self.name.append(cuts.name(name, of: "name"))
    unsafe self.version.append(cuts.name(version, of: "version"))
  }
}

extension OTLPDecoder {
  /// The row of the resource or scope of a group, appended if the batch does not have it yet.
  func row<Block: EnvelopeBlock>(
    of group: ProtobufReader, tenant: UInt32, in block: Block
  ) throws(ProtobufError) -> ReferencedRow {
    let described = try describe(group)
    let id = described.id
    if let row = block.row(tenant: tenant, id: id) { return ReferencedRow(id: id, row: row) }
    var reader = described.message
    var dropped: UInt32 = 0
    cuts.reset()
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(Block.attributesField):
        let message = try reader.readMessage()
        if block.attributes.hasRoom(limits) {
          _ = try block.attributes.append(keyValue: message, cuts: cuts)
        } else {
          dropped &+= 1
        }
      case ProtobufTag.varint(Block.droppedAttributesField): dropped &+= try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }
    try block.appendNames(of: described.message, cuts: cuts)
    unsafe block.schemaURL.append(cuts.name(described.schemaURL, of: "schema_url"))
    cuts.mark(block.attributes)
    block.attributes.endRow()
    block.tenant.append(tenant)
    block.id.append(id)
    block.droppedAttributes.append(dropped)
    block.didAppend(tenant: tenant, id: id)
    return ReferencedRow(id: id, row: block.rowCount - 1)
  }

  /// Finds the resource (or scope) and schema URL of a group, which may come after its records.
  ///
  /// The result points into the group, or into `mergedMessage` until the next call.
  private func describe(_ group: ProtobufReader) throws(ProtobufError) -> DescribedMessage {
    var reader = group
    var described = DescribedMessage()
    var parts = 0
    // The numbers are the same in the resource and the scope groups of all signals.
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(EnvelopeField.resource):
        let part = try reader.readMessage()
        described.message = parts == 0 ? part : merge(described.message, part, isFirst: parts == 1)
        parts += 1
      case ProtobufTag.bytes(EnvelopeField.resourceSchemaURL):
        unsafe described.schemaURL = unsafe try reader.readBytes()
      default: try reader.skip(tag)
      }
    }
    return described
  }

  /// Joins the parts of a message that comes in several, as protobuf allows for every message field: joined end to
  /// end they are the merged message (https://protobuf.dev/programming-guides/encoding/#last-one-wins).
  private func merge(_ message: ProtobufReader, _ part: ProtobufReader, isFirst: Bool) -> ProtobufReader {
    if isFirst {
      mergedMessage.truncate(to: 0)
      unsafe mergedMessage.append(copying: message.remainingBytes)
    }
    unsafe mergedMessage.append(copying: part.remainingBytes)
    return unsafe ProtobufReader(mergedMessage.rawBytes)
  }
}

extension DictionaryColumn {
  /// The code in this column of a text that stands in a row of another column.
  func code(of other: DictionaryColumn, row: Int) -> UInt32 {
    unsafe dictionary.code(other.dictionary.entries.rawBytes(Int(other.codes[row])))
  }
}
