extension MapColumn {
  /// Takes the last entry of the open row out again.
  public func removeLastOpenEntry() {
    precondition(openEntryCount > 0, "the open row has no entry")
    let last = keys.rowCount - 1
    precondition(values.rowCount == last + 1 && types.rowCount == last + 1, "an entry of the open row is incomplete")
    keys.codes.truncate(to: last)
    types.values.truncate(to: last)
    values.truncate(toRowCount: last)
  }

  /// Moves the last entry of the open row to a place among the row's entries; those from there on move back by one.
  ///
  /// - place: a place among the values, in the open row, whose entries MUST be complete. The values MUST be within
  ///   `offsetMax`.
  public func moveLastOpenEntry(to place: Int) {
    let last = keys.rowCount - 1
    precondition(values.rowCount == last + 1 && types.rowCount == last + 1, "an entry of the open row is incomplete")
    precondition(place <= last && place > last - openEntryCount, "entry \(place) is not in the open row")
    keys.codes.rotateLast(1, to: place)
    types.values.rotateLast(1, to: place)
    let count = values.range(last).count
    values.bytes.rotateLast(count, to: values.range(place).lowerBound)
    for entry in (place..<last).reversed() {
      values.offsets[entry + 1] = values.offsets[entry] + Int32(count)
    }
  }
}

extension GrowableBuffer {
  /// Moves the last elements to the front of those from `place` on.
  func rotateLast(_ moved: Int, to place: Int) {
    precondition(place >= 0 && moved >= 0 && moved <= count - place, "no such elements")
    let start = count - moved
    // SAFETY: both stretches lie within the buffer as checked above, and the copy does not overlap it;
    // update(from:) allows its stretches to overlap.
    unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: moved) { copy in
      guard let copied = copy.baseAddress else { return }
      unsafe copied.initialize(from: base + start, count: moved)
      unsafe (base + place + moved).update(from: base + place, count: start - place)
      unsafe (base + place).update(from: copied, count: moved)
    }
  }
}
