extension MapColumn {
  /// Takes entries out of the open row; those behind them move up.
  ///
  /// - entries: places among the values, ascending, all in the open row, whose entries MUST be complete. The values MUST
  ///   be within `offsetMax`.
  public func removeOpenEntries(_ entries: Span<Int>) {
    guard !entries.isEmpty else { return }
    let end = keys.rowCount
    precondition(values.rowCount == end && types.rowCount == end, "an entry of the open row is incomplete")
    precondition(entries[0] >= end - openEntryCount, "entry \(entries[0]) is of a row that is closed")
    var target = entries[0]
    for index in entries.indices {
      let start = entries[index] + 1
      let stop = index + 1 < entries.count ? entries[index + 1] : end
      precondition(start <= stop && stop <= end, "the entries to remove are not ascending")
      let count = stop - start
      keys.codes.move(start..<stop, to: target)
      types.values.move(start..<stop, to: target)
      values.moveRows(start..<stop, to: target)
      target += count
    }
    keys.codes.truncate(to: target)
    types.values.truncate(to: target)
    values.truncate(toRowCount: target)
  }
}

extension StringColumn {
  /// Moves rows to the front, over those from `target` on; what stands behind them is then unspecified.
  func moveRows(_ rows: Range<Int>, to target: Int) {
    let source = Int(offsets[rows.lowerBound])
    let place = Int(offsets[target])
    bytes.move(source..<Int(offsets[rows.upperBound]), to: place)
    let shift = Int32(source - place)
    for row in 0..<rows.count { offsets[target + row + 1] = offsets[rows.lowerBound + row + 1] - shift }
  }
}

extension GrowableBuffer {
  /// Moves elements to the front, over those from `target` on.
  func move(_ elements: Range<Int>, to target: Int) {
    precondition(target >= 0 && target <= elements.lowerBound && elements.upperBound <= count, "no room to move to")
    // SAFETY: both ranges are within the buffer as checked above; update(from:) allows them to overlap.
    unsafe (base + target).update(from: base + elements.lowerBound, count: elements.count)
  }
}
