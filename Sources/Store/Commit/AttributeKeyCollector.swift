import Columns
import Telemetry

/// A key of an attribute as the table `attribute_keys` has it.
struct AttributeKey: Hashable, Sendable {
  let tenant: UInt32
  let source: String
  let key: String
  let type: UInt8
}

/// Finds the distinct keys and types of a block.
///
/// One pass of a few instructions an attribute; text only per distinct key.
enum AttributeKeyCollector {
  static func keys<Rows: AttributedRows>(of rows: Rows) -> [AttributeKey] {
    var found: [AttributeKey] = []
    var row = 0
    while row < rows.rowCount {
      let tenant = rows.tenant[row]
      let end = rows.tenant.endOfRun(from: row)
      let map = rows.attributeMap
      var types = [UInt8](repeating: 0, count: map.keys.dictionary.count)
      map.collectTypes(of: row..<end, into: &types)
      var promoted: UInt32 = 0
      while row < end {
        promoted |= rows.promotedBits(row)
        row += 1
      }
      for (code, bits) in types.enumerated() where bits != 0 {
        let key = map.keys.dictionary.entries[code]
        for type in UInt8(0)..<8 where bits & 1 << type != 0 {
          found.append(AttributeKey(tenant: tenant, source: Rows.attributeSource, key: key, type: type))
        }
      }
      for attribute in PromotedAttribute.all where promoted & attribute.mask != 0 {
        found.append(
          AttributeKey(
            tenant: tenant, source: Rows.attributeSource, key: attribute.key,
            type: (attribute.isInteger ? AttributeType.int : .string).rawValue))
      }
    }
    return found
  }
}
