extension MapColumn {
  /// Which types each key has in some rows: for the key of code n, bit t of element n is set for type t.
  ///
  /// `keyTypes` MUST have an element for each key of the dictionary. A few instructions an entry.
  package func collectTypes(of rows: Range<Int>, into keyTypes: inout [UInt8]) {
    guard !rows.isEmpty else { return }
    precondition(
      keyTypes.count >= keys.dictionary.count, "\(keyTypes.count) elements for \(keys.dictionary.count) keys")
    let entries = Int(offsets[rows.lowerBound])..<Int(offsets[rows.upperBound])
    let codes = keys.codes
    precondition(
      entries.upperBound <= codes.count && entries.upperBound <= types.rowCount, "entries beyond the columns")
    // SAFETY: the entries lie within both buffers, which nobody changes meanwhile; a code is an index of the
    // dictionary, and the array's own subscript checks it.
    let codeBase = unsafe codes.base
    let typeBase = unsafe types.values.base
    for entry in entries { unsafe keyTypes[Int(codeBase[entry])] |= 1 << typeBase[entry] }
  }
}

extension FixedColumn {
  /// The end of the run of equal values that begins at a row.
  package func endOfRun(from row: Int) -> Int {
    let value = self[row]
    let count = rowCount
    // SAFETY: the index stays below the number of values.
    let base = unsafe values.base
    var end = row + 1
    while end < count, unsafe base[end] == value { end += 1 }
    return end
  }
}
