import Base
import Columns

extension SpanSemantics {
  /// Appends the bits of the promoted attributes, and puts those that their columns do not hold after all to
  /// their places in the open row of `attributes`; see `PromotedAttribute` for the rule.
  ///
  /// Every promoted key is the first choice for its column, so only a repetition of the same key can have won instead.
  borrowing func writePromoted(to block: SpanBlock, row: Int) {
    var bits = unsafe state.pointee.promotedBits
    guard bits != 0 else { return }
    if unsafe state.pointee.isIncomplete {
      bits = bitsInColumns(block.attributes.values)
      if unsafe bits != state.pointee.promotedBits { putBack(allBut: bits, in: block.attributes) }
    }
    block.promoted.pad(0, toRowCount: row)
    block.promoted.append(bits)
  }

  /// The bits of those whose columns hold them.
  @inline(never)
  private func bitsInColumns(_ values: StringColumn) -> UInt32 {
    var bits: UInt32 = 0
    for index in 0..<(unsafe state.pointee.promotedCount) {
      // SAFETY: the index is below the number of promoted attributes, here and below; each of their fields has a
      // winner.
      if unsafe isInColumn(promoted[index], values) { bits |= unsafe promoted[index].mask }
    }
    return bits
  }

  private func isInColumn(_ attribute: Promoted, _ values: StringColumn) -> Bool {
    guard unsafe state.pointee.filled & 1 &<< UInt32(attribute.field) != 0 else { return false }
    let winner = unsafe winners[Int(attribute.field)]
    return unsafe winner.entry < 0 || isRepeated(attribute, by: winner, values)
  }

  private func isRepeated(_ attribute: Promoted, by winner: Winner, _ values: StringColumn) -> Bool {
    guard unsafe winner.type == attribute.type else { return false }
    if unsafe attribute.type == AttributeType.int.rawValue { return unsafe winner.number == attribute.number }
    // Beyond this the offsets of the values mean nothing, and the request is about to be refused.
    guard values.bytes.count <= Int(Int32.max) else { return false }
    return unsafe UTF8Text.repaired(attribute.text).utf8.elementsEqual(values.rawBytes(winner.entry))
  }

  @inline(never)
  private func putBack(allBut bits: UInt32, in attributes: MapColumn) {
    // The last first, so that the places of the others stay what they are.
    for index in (0..<(unsafe state.pointee.promotedCount)).reversed() where unsafe promoted[index].mask & bits == 0 {
      let attribute = unsafe promoted[index]
      attributes.keys.append(code: unsafe attribute.key)
      attributes.types.append(unsafe attribute.type)
      if unsafe attribute.type == AttributeType.int.rawValue {
        attributes.values.bytes.append(decimal: Int64(bitPattern: unsafe attribute.number))
        attributes.values.endRow()
      } else {
        unsafe attributes.values.append(attribute.text)
      }
      if attributes.values.bytes.count <= Int(Int32.max) {
        attributes.moveLastOpenEntry(to: unsafe attribute.place)
      }
    }
  }
}
