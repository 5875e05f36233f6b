import Columns
import Base

extension SpanMeaning {
  /// Appends the bits of the attributes that were held back, and puts those that their columns do not hold after all to
  /// their places in the open row of `attributes`; see `PromotedAttribute` for the rule.
  ///
  /// Every promoted key is the first choice for its column, so only a repetition of the same key can have won instead.
  borrowing func promote(in block: SpanBlock, row: Int) {
    var bits = unsafe state.pointee.heldBits
    guard bits != 0 else { return }
    if unsafe state.pointee.isIncomplete {
      bits = bitsInColumns(block.attributes.values)
      if unsafe bits != state.pointee.heldBits { putBack(allBut: bits, in: block.attributes) }
    }
    block.promoted.pad(0, toRowCount: row)
    block.promoted.append(bits)
  }

  /// The bits of those held back whose columns hold them.
  @inline(never)
  private func bitsInColumns(_ values: StringColumn) -> UInt32 {
    var bits: UInt32 = 0
    for index in 0..<(unsafe state.pointee.heldCount) {
      // SAFETY: the index is below the number of those held, here and below; each of their fields has a winner.
      if unsafe isInColumn(held[index], values) { bits |= unsafe held[index].mask }
    }
    return bits
  }

  private func isInColumn(_ held: Held, _ values: StringColumn) -> Bool {
    guard unsafe state.pointee.filled & 1 &<< UInt32(held.field) != 0 else { return false }
    let winner = unsafe winners[Int(held.field)]
    return unsafe winner.entry < 0 || isRepeated(held, by: winner, values)
  }

  private func isRepeated(_ held: Held, by winner: Winner, _ values: StringColumn) -> Bool {
    guard unsafe winner.type == held.type else { return false }
    if unsafe held.type == AttributeType.int.rawValue { return unsafe winner.number == held.number }
    // Beyond this the offsets of the values mean nothing, and the request is about to be refused.
    guard values.bytes.count <= Int(Int32.max) else { return false }
    return unsafe UTF8Text.repaired(held.text).utf8.elementsEqual(values.rawBytes(winner.entry))
  }

  @inline(never)
  private func putBack(allBut bits: UInt32, in attributes: MapColumn) {
    // The last first, so that the places of the others stay what they are.
    for index in (0..<(unsafe state.pointee.heldCount)).reversed() where unsafe held[index].mask & bits == 0 {
      let held = unsafe held[index]
      attributes.keys.append(code: unsafe held.key)
      attributes.types.append(unsafe held.type)
      if unsafe held.type == AttributeType.int.rawValue {
        attributes.values.bytes.append(decimal: Int64(bitPattern: unsafe held.number))
        attributes.values.endRow()
      } else {
        unsafe attributes.values.append(held.text)
      }
      if attributes.values.bytes.count <= Int(Int32.max) {
        attributes.moveLastOpenEntry(to: unsafe held.place)
      }
    }
  }
}
