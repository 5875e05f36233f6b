import Columns
import Base
import OTLP
import Protobuf
import Telemetry

/// The resource of a group of records, as the records need it.
struct ResourceContext {
  let id: UInt64
  /// The resource's row in the resource block.
  let row: Int
}

/// The instrumentation scope of a group of records, as the records need it.
struct ScopeContext {
  let id: UInt64
  /// The scope's row in the scope block.
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

extension OTLPDecoder {
  /// The name of a service that does not tell it, as OpenTelemetry has it
  /// (https://opentelemetry.io/docs/specs/semconv/resource/#service).
  static var unknownService: String { "unknown_service" }

  /// Finds the resource (or scope) and schema URL of a group, which may stand behind its records.
  ///
  /// The result points into the group, or into `mergedMessage` until the next call.
  func describe(_ group: ProtobufReader) throws(ProtobufError) -> DescribedMessage {
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

  /// The row of a group's resource, appended if the batch does not have it yet.
  func resource(
    of group: ProtobufReader, tenant: UInt32, in block: ResourceBlock
  ) throws(ProtobufError) -> ResourceContext {
    let described = try describe(group)
    let id = described.id
    if let row = block.row(tenant: tenant, id: id) { return ResourceContext(id: id, row: row) }
    var reader = described.message
    var dropped: UInt32 = 0
    var serviceEntry: Int?
    cuts.reset()
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(ResourceField.attributes):
        let message = try reader.readMessage()
        guard block.attributes.hasRoom(limits) else {
          dropped &+= 1
          continue
        }
        let attribute = try block.attributes.append(keyValue: message, cuts: cuts)
        if attribute.type == AttributeType.string.rawValue,
          block.attributes.keys.dictionary.entries[Int(attribute.key)] == "service.name"
        {
          serviceEntry = attribute.entry
        }
      case ProtobufTag.varint(ResourceField.droppedAttributes): dropped &+= try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }
    if let serviceEntry {
      unsafe block.serviceName.append(
        UTF8Text.prefix(block.attributes.values.rawBytes(serviceEntry), bytesMax: TextLimits.nameBytesMax))
    } else {
      block.serviceName.append(Self.unknownService)
    }
    unsafe block.schemaURL.append(cuts.name(described.schemaURL, of: "schema_url"))
    cuts.mark(block.attributes)
    block.attributes.endRow()
    block.tenant.append(tenant)
    block.resourceID.append(id)
    block.droppedAttributes.append(dropped)
    block.didAppend(tenant: tenant, id: id)
    return ResourceContext(id: id, row: block.rowCount - 1)
  }

  /// The row of a group's scope, appended if the batch does not have it yet.
  func scope(of group: ProtobufReader, tenant: UInt32, in block: ScopeBlock) throws(ProtobufError) -> ScopeContext {
    let described = try describe(group)
    let id = described.id
    if let row = block.row(tenant: tenant, id: id) { return ScopeContext(id: id, row: row) }
    var reader = described.message
    var name = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var version = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var dropped: UInt32 = 0
    cuts.reset()
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(ScopeField.name): unsafe name = try reader.readBytes()
      case ProtobufTag.bytes(ScopeField.version): unsafe version = try reader.readBytes()
      case ProtobufTag.bytes(ScopeField.attributes):
        let message = try reader.readMessage()
        if block.attributes.hasRoom(limits) {
          _ = try block.attributes.append(keyValue: message, cuts: cuts)
        } else {
          dropped &+= 1
        }
      case ProtobufTag.varint(ScopeField.droppedAttributes): dropped &+= try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }
    unsafe block.name.append(cuts.name(name, of: "name"))
    unsafe block.version.append(cuts.name(version, of: "version"))
    unsafe block.schemaURL.append(cuts.name(described.schemaURL, of: "schema_url"))
    cuts.mark(block.attributes)
    block.attributes.endRow()
    block.tenant.append(tenant)
    block.scopeID.append(id)
    block.droppedAttributes.append(dropped)
    block.didAppend(tenant: tenant, id: id)
    return ScopeContext(id: id, row: block.rowCount - 1)
  }
}

extension DictionaryColumn {
  /// The code in this column of a text that stands in a row of another column.
  func code(of other: DictionaryColumn, row: Int) -> UInt32 {
    unsafe dictionary.code(other.dictionary.entries.rawBytes(Int(other.codes[row])))
  }
}
