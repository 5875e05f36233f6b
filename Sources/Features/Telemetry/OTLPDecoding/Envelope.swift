import Columns
import OTLP
import Protobuf
import Telemetry

/// How the records of one signal become rows: what is particular to it on the way through a request, which has groups
/// for resources, in these groups for scopes, and in these the records.
///
/// One value serves the groups of one resource.
///
/// Every conforming type is of this module, so that the walk is specialised for each.
protocol RecordDecoding: ~Copyable {
  associatedtype Rows: EnvelopedRows

  init(of resource: ReferencedRow, in batch: SignalBatch<Rows>)

  /// Appends what a message of a scope's group holds: a span or a log record.
  mutating func append(
    _ message: ProtobufReader, of scope: ScopeContext, with decoder: OTLPDecoder, into batch: SignalBatch<Rows>,
    progress: inout RequestProgress
  ) throws(ProtobufError)

  /// Completes the rows of a scope's group.
  mutating func end(_ scope: ScopeContext, in batch: SignalBatch<Rows>)
}

/// Rows that say which resource and scope they are of.
protocol EnvelopedRows: ArrivingRows where References == TelemetryReferences {
  var tenant: FixedColumn<UInt32> { get }
  var serviceName: DictionaryColumn { get }
  var resourceID: FixedColumn<UInt64> { get }
  var scopeName: DictionaryColumn { get }
  var scopeVersion: DictionaryColumn { get }
  var scopeID: FixedColumn<UInt64> { get }
  var batchID: FixedColumn<UInt64> { get }
}

extension SpanBlock: EnvelopedRows {}
extension LogBlock: EnvelopedRows {}

/// What all records of one resource and scope share, as codes of their block's columns.
struct ScopeContext {
  let request: RequestContext
  let resourceID: UInt64
  let serviceCode: UInt32
  let scopeID: UInt64
  let scopeNameCode: UInt32
  let scopeVersionCode: UInt32
}

extension OTLPDecoder {
  /// Walks through a request and appends its records.
  func appendRecords<Records: RecordDecoding & ~Copyable>(
    _: Records.Type, of message: ProtobufReader, request: RequestContext, into batch: SignalBatch<Records.Rows>,
    progress: inout RequestProgress
  ) throws(ProtobufError) {
    let rows = batch.rows
    var reader = message
    while let group = try reader.nextMessage(EnvelopeField.resourceGroups) {
      guard mayContinue(batch, &progress) else { return }
      let resource = try row(of: group, tenant: request.tenant, in: batch.resources)
      let serviceCode = rows.serviceName.code(of: batch.resources.serviceName, row: resource.row)
      var records = Records(of: resource, in: batch)
      var scopes = group
      while let scopeGroup = try scopes.nextMessage(EnvelopeField.scopeGroups) {
        guard mayContinue(batch, &progress) else { return }
        let scope = try row(of: scopeGroup, tenant: request.tenant, in: batch.scopes)
        let context = ScopeContext(
          request: request, resourceID: resource.id, serviceCode: serviceCode, scopeID: scope.id,
          scopeNameCode: rows.scopeName.code(of: batch.scopes.name, row: scope.row),
          scopeVersionCode: rows.scopeVersion.code(of: batch.scopes.version, row: scope.row))
        var messages = scopeGroup
        while let message = try messages.nextMessage(EnvelopeField.records) {
          guard mayContinue(message, batch, &progress) else { return }
          try records.append(message, of: context, with: self, into: batch, progress: &progress)
          guard progress.excess == nil else { return }
        }
        records.end(context, in: batch)
      }
    }
  }
}

extension RequestProgress {
  /// Counts a record: accepted, or rejected with the fault that `decode` returns or a value that is nested too deep.
  ///
  /// - Returns: whether it was accepted; if not, drop what it left behind.
  @inline(__always)
  mutating func count(
    _ record: StaticString, cuts: TextCuts,
    _ decode: (inout RequestProgress) throws(ProtobufError) -> RecordFault?
  ) throws(ProtobufError) -> Bool {
    cuts.reset()
    let fault: RecordFault?
    do throws(ProtobufError) {
      fault = try decode(&self)
    } catch {
      guard error.reason == .tooDeep else { throw error }
      fault = .tooDeep
    }
    if let fault {
      decoded.reject(fault, record)
      return false
    }
    decoded.accepted &+= 1
    decoded.cutTexts &+= cuts.count
    return true
  }
}

extension EnvelopedRows {
  /// Appends the columns of a row that its resource, scope and request fill.
  func append(_ scope: ScopeContext) {
    tenant.append(scope.request.tenant)
    resourceID.append(scope.resourceID)
    serviceName.append(code: scope.serviceCode)
    scopeID.append(scope.scopeID)
    scopeName.append(code: scope.scopeNameCode)
    scopeVersion.append(code: scope.scopeVersionCode)
    batchID.append(scope.request.batchID)
  }

  /// Fills these columns up to `rowCount` rows, all of one scope.
  func pad(toRowCount rowCount: Int, _ scope: ScopeContext) {
    tenant.pad(scope.request.tenant, toRowCount: rowCount)
    resourceID.pad(scope.resourceID, toRowCount: rowCount)
    serviceName.pad(code: scope.serviceCode, toRowCount: rowCount)
    scopeID.pad(scope.scopeID, toRowCount: rowCount)
    scopeName.pad(code: scope.scopeNameCode, toRowCount: rowCount)
    scopeVersion.pad(code: scope.scopeVersionCode, toRowCount: rowCount)
    batchID.pad(scope.request.batchID, toRowCount: rowCount)
  }
}

extension ProtobufReader {
  /// Skips to the next message of a field and reads it; nil at the end.
  @inline(__always)
  mutating func nextMessage(_ field: UInt32) throws(ProtobufError) -> ProtobufReader? {
    while case let tag = try nextTag(), tag != 0 {
      if tag == ProtobufTag.bytes(field) { return try readMessage() }
      try skip(tag)
    }
    return nil
  }
}
