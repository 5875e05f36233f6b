import Columns
import Testing

@Suite struct ColumnTests {
  @Test func `numbers keep their order and can be dropped from the end`() {
    let column = FixedColumn<Int64>(kind: .timestampNanoseconds)
    for value in 0..<1_000 { column.append(Int64(value * value)) }
    #expect(column.rowCount == 1_000)
    #expect(column[999] == 998_001)
    column.truncate(toRowCount: 3)
    column.append(repeating: -1, count: 2)
    #expect((0..<5).map { column[$0] } == [0, 1, 4, -1, -1])
    #expect(column.layout.kind == .fixed(.timestampNanoseconds))
    #expect(unsafe column.layout.buffers[0].count == 40)
  }

  @Test func `nulls survive truncation in the middle of a validity byte`() {
    let column = NullableColumn<UInt32>()
    for value in 0..<20 { column.append(UInt32(value), isValid: value % 3 == 0) }
    #expect(column.layout.nullCount == 13)
    column.truncate(toRowCount: 10)
    for _ in 0..<4 { column.append(nil) }
    #expect((0..<14).map { column[$0] } == [0, nil, nil, 3, nil, nil, 6, nil, nil, 9, nil, nil, nil, nil])
    #expect(column.layout.nullCount == 10)
    column.removeAll(keepingBytesMax: 0)
    #expect(column.rowCount == 0)
    column.append(7)
    #expect(column[0] == 7)
  }

  @Test func `ids are stored big-endian`() {
    let column = FixedBytesColumn()
    column.append(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10)
    #expect(unsafe Array(column.layout.buffers[0]) == Array(1...16))
    #expect(column[0] == (0x0102_0304_0506_0708, 0x090a_0b0c_0d0e_0f10))
  }

  @Test func `text rows are closed one by one, empty ones too`() {
    let column = StringColumn()
    column.append("alpha")
    column.append("")
    column.bytes.append(0x62)
    column.bytes.append(0x63)
    #expect(column.rowCount == 2)
    column.endRow()
    #expect([column[0], column[1], column[2]] == ["alpha", "", "bc"])
    column.bytes.append(0x64)
    column.truncate(toRowCount: 2)
    column.append("é")
    #expect(column[2] == "é")
    let offsets = unsafe column.layout.buffers[0].bindMemory(to: Int32.self)
    #expect(unsafe Array(offsets) == [0, 5, 5, 7])
  }

  @Test func `a dictionary gives every distinct text one code`() {
    let dictionary = StringDictionary(seed: 1)
    for round in 0..<2 {
      for number in 0..<3_000 {
        #expect(dictionary.code("key-\(number)") == UInt32(number), "round \(round)")
      }
    }
    #expect(dictionary.count == 3_000)
    dictionary.truncate(to: 10)
    #expect(dictionary.code("key-2999") == 10)
    #expect(dictionary.code("key-9") == 9)
    #expect(dictionary.code("") == 11)
    #expect(dictionary.code("") == 11)
    dictionary.removeAll(keepingBytesMax: 0)
    #expect(dictionary.code("key-9") == 0)
  }

  @Test func `a rolled back column forgets rows and new dictionary texts`() {
    let column = DictionaryColumn()
    column.append("a")
    let mark = column.mark
    column.append("b")
    column.append("a")
    column.rollback(to: mark)
    column.append("c")
    #expect(column.dictionary.count == 2)
    #expect([column[0], column[1]] == ["a", "c"])
  }

  @Test func `attributes keep order, repeated keys and types`() {
    let column = MapColumn()
    column.append(key: "a", type: .int, value: "1")
    column.append(key: "a", type: .string, value: "x")
    column.endRow()
    column.endRow()
    column.append(key: "b", type: .bool, value: "true")
    #expect(column.openEntryCount == 1)
    column.endRow()
    column.keys.append("unfinished")
    let mark = ColumnMark(rowCount: 2, dictionaryCount: 1)
    #expect(column[0].map(\.key) == ["a", "a"])
    #expect(column[0].map(\.type) == [3, 1])
    #expect(column[0].map(\.value) == ["1", "x"])
    #expect(column[1].isEmpty)
    #expect(column[2].map(\.value) == ["true"])
    column.rollback(to: mark)
    #expect(column.rowCount == 2)
    #expect(column.keys.dictionary.count == 1)
    #expect(column.layout.children.map(\.kind) == [.dictionary, .string])
    #expect(column.typesColumn.layout.kind == .list)
    #expect(column.typesColumn.layout.children[0].rowCount == 2)
  }

  @Test(arguments: [0, 1, 2, 3, 4])
  func `an entry moves to its place in the open row of a map, and no other does`(place: Int) {
    let column = MapColumn()
    column.append(key: "before", type: .int, value: "77")
    column.endRow()
    var entries: [(key: String, type: AttributeType, value: String)] = [
      ("a", .string, "x"), ("b", .int, "22"), ("c", .string, ""), ("d", .bool, "true"), ("e", .string, "moved"),
    ]
    for entry in entries { column.append(key: entry.key, type: entry.type, value: entry.value) }
    column.moveLastOpenEntry(to: place + 1)
    column.endRow()
    column.append(key: "after", type: .string, value: "z")
    column.endRow()
    entries.insert(entries.removeLast(), at: place)
    #expect(column[0].map(\.value) == ["77"])
    #expect(column[1].map(\.key) == entries.map(\.key))
    #expect(column[1].map(\.type) == entries.map(\.type.rawValue))
    #expect(column[1].map(\.value) == entries.map(\.value))
    #expect(column[2].map(\.key) == ["after"])
    #expect(column[2].map(\.value) == ["z"])
  }

  @Test func `the last entry leaves the open row of a map`() {
    let column = MapColumn()
    column.append(key: "before", type: .int, value: "77")
    column.endRow()
    column.append(key: "a", type: .string, value: "x")
    column.append(key: "b", type: .int, value: "22")
    column.removeLastOpenEntry()
    column.append(key: "c", type: .bool, value: "true")
    column.endRow()
    #expect(column[0].map(\.value) == ["77"])
    #expect(column[1].map(\.key) == ["a", "c"])
    #expect(column[1].map(\.type) == [AttributeType.string.rawValue, AttributeType.bool.rawValue])
    #expect(column[1].map(\.value) == ["x", "true"])
  }

  @Test(arguments: [0, 1, 7, 8, 9, 100])
  func `columns that are behind are filled`(rowCount: Int) {
    let (fixed, nullable, text) = (FixedColumn<UInt32>(), NullableColumn<UInt64>(), StringColumn())
    let (words, list) = (DictionaryColumn(), ListColumn(StringColumn()))
    _ = words.dictionary.code("")
    func pad(_ count: Int) {
      fixed.pad(7, toRowCount: count)
      nullable.padNull(toRowCount: count)
      text.padEmpty(toRowCount: count)
      words.pad(code: 0, toRowCount: count)
      list.padEmpty(toRowCount: count)
    }
    // An element of the row behind those that are filled may be there already.
    list.elements.append("element")
    pad(rowCount)
    fixed.append(8)
    nullable.append(9, isValid: true)
    text.append("text")
    words.append("word")
    list.endRow()
    pad(rowCount)
    pad(rowCount + 4)
    #expect((0..<rowCount + 4).map { fixed[$0] } == (0..<rowCount + 4).map { $0 == rowCount ? 8 : 7 })
    #expect((0..<rowCount + 4).map { nullable[$0] } == (0..<rowCount + 4).map { $0 == rowCount ? 9 : nil })
    #expect(nullable.layout.nullCount == rowCount + 3)
    #expect((0..<rowCount + 4).map { text[$0] } == (0..<rowCount + 4).map { $0 == rowCount ? "text" : "" })
    #expect((0..<rowCount + 4).map { words[$0] } == (0..<rowCount + 4).map { $0 == rowCount ? "word" : "" })
    #expect((0..<rowCount + 4).map { list.range($0).count } == (0..<rowCount + 4).map { $0 == rowCount ? 1 : 0 })
    #expect(
      [fixed.rowCount, nullable.rowCount, text.rowCount, words.rowCount] == .init(repeating: rowCount + 4, count: 4))
    #expect(list.rowCount == rowCount + 4)
    #expect(list.elements.rowCount == 1)
  }

  @Test func `short texts of every length are copied and checked`() {
    for count in 0...70 {
      let text = (0..<count).map { UInt8(0x21 + $0) }
      for wrong in [nil] + (0..<count).map({ Optional($0) }) {
        var bytes = text
        if let wrong { bytes[wrong] = 0xff }
        let column = StringColumn()
        column.append("before")
        unsafe bytes.withUnsafeBytes { unsafe column.append($0) }
        column.append("after")
        let expected = text.enumerated().map { $0.offset == wrong ? "\u{fffd}" : String(UnicodeScalar($0.element)) }
        #expect(column[1] == expected.joined())
        #expect(column[0] == "before")
        #expect(column[2] == "after")
      }
    }
  }

  @Test func `texts are equal when every byte is`() {
    for count in 0...70 {
      let text = (0..<count).map { UInt8(0x21 + $0) }
      #expect(isEqual(text, text))
      for place in 0..<count {
        var other = text
        other[place] ^= 1
        #expect(!isEqual(text, other), "\(count) bytes that differ at \(place)")
      }
    }
  }

  private func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    unsafe one.withUnsafeBytes { one in
      unsafe other.withUnsafeBytes { other in
        guard let left = one.baseAddress, let right = other.baseAddress else { return one.count == other.count }
        return unsafe ByteCompare.isEqual(left, right, count: one.count)
      }
    }
  }

  @Test func `lists own ranges of their elements`() {
    let column = ListColumn(StringColumn())
    column.elements.append("x")
    column.elements.append("y")
    column.endRow()
    column.endRow()
    column.elements.append("z")
    column.endRow()
    #expect((0..<3).map { column.range($0) } == [0..<2, 2..<2, 2..<3])
    column.truncate(toRowCount: 1)
    #expect(column.elements.rowCount == 2)
  }

  @Test func `a block moves all its columns together`() {
    let names = DictionaryColumn()
    let times = FixedColumn<Int64>(kind: .timestampNanoseconds)
    let block = ColumnBlock(["name": names, "time": times])
    names.append("a")
    times.append(1)
    var marks: [ColumnMark] = []
    block.mark(into: &marks)
    names.append("b")
    times.append(2)
    names.append("half a row")
    block.rollback(to: marks)
    #expect(block.rowCount == 1)
    #expect(block.columns.map(\.name) == ["name", "time"])
    block.removeAll()
    #expect(block.rowCount == 0)
  }

  @Test func `copies of rows are these rows, in every kind of column`() throws {
    let numbers = FixedColumn<Int32>()
    let optional = NullableColumn<UInt64>()
    let ids = FixedBytesColumn()
    let texts = StringColumn()
    let names = DictionaryColumn()
    let lists = ListColumn(DictionaryColumn())
    let map = MapColumn()
    for row in 0..<40 {
      numbers.append(Int32(row))
      optional.append(row % 3 == 0 ? nil : UInt64(row))
      ids.append(high: UInt64(row), low: 9)
      texts.append(String(repeating: "x", count: row % 5) + "\(row)")
      names.append("name \(row % 4)")
      for index in 0..<row % 4 { lists.elements.append("e\(index)") }
      lists.endRow()
      for index in 0..<row % 3 { map.append(key: "k\(index)", type: .int, value: "\(row)") }
      map.endRow()
    }
    let block = ColumnBlock([
      "n": numbers, "o": optional, "i": ids, "t": texts, "d": names, "l": lists, "m": map, "y": map.typesColumn,
    ])
    for rows in [[3..<12, 12..<13, 30..<40], [0..<40], [7..<8], []] as [[Range<Int>]] {
      let copy = block.copy(of: rows)
      #expect(copy.rowCount == rows.joined().count)
      let map = try #require(copy["m"] as? MapColumn)
      let lists = try #require(copy["l"] as? ListColumn<DictionaryColumn>)
      let types = try #require(copy["y"]).layout
      for (place, row) in rows.joined().enumerated() {
        #expect((copy["n"] as? FixedColumn<Int32>)?[place] == Int32(row))
        #expect((copy["o"] as? NullableColumn<UInt64>)?[place] == (row % 3 == 0 ? nil : UInt64(row)))
        #expect((copy["i"] as? FixedBytesColumn)?[place].high == UInt64(row))
        #expect((copy["t"] as? StringColumn)?[place] == texts[row])
        #expect((copy["d"] as? DictionaryColumn)?[place] == "name \(row % 4)")
        #expect(lists.range(place).map { lists.elements[$0] } == (0..<row % 4).map { "e\($0)" })
        #expect(map[place].map(\.value) == [String](repeating: "\(row)", count: row % 3))
        #expect(map[place].map(\.key) == (0..<row % 3).map { "k\($0)" })
      }
      let entryCount = rows.joined().reduce(0) { $0 + $1 % 3 }
      #expect(types.rowCount == copy.rowCount)
      #expect(types.children[0].rowCount == entryCount)
    }
  }

  @Test func `hashes depend on every byte, the length and the seed`() {
    var seen: Set<UInt64> = []
    for length in 0..<70 {
      var text = [UInt8](repeating: 0, count: length)
      seen.insert(hash(text))
      for index in 0..<length {
        text[index] = 1
        seen.insert(hash(text))
        text[index] = 0
      }
    }
    #expect(seen.count == 70 + 69 * 70 / 2)
    #expect(hash([1, 2, 3]) != hash([1, 2, 3], seed: 1))
    // Stored resource ids depend on this value.
    #expect(hash(Array("service.name".utf8)) == 14_882_280_485_333_250_944)
  }

  private func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe ByteHash.hash($0, seed: seed) }
  }
}
