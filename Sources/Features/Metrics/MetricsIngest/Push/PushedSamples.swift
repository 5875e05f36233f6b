import Base
import JSON
import Series
import SeriesBytes

/// What is wrong with a body of pushed samples.
package struct PushMistake: Error, Hashable, CustomStringConvertible {
  /// A JSON Pointer (RFC 6901) into the body; of several objects one after another, into the object.
  let pointer: String
  let reason: String

  package var description: String { pointer.isEmpty ? reason : "\(pointer): \(reason)" }
}

/// Reads pushed samples: an object, a list of objects, or objects one after another, such as lines of NDJSON.
struct PushedSamples {
  /// Values that are not numbers of JSON.
  static let specialValues: [(text: String, value: Double)] = [
    ("NaN", .nan), ("Infinity", .infinity), ("-Infinity", -.infinity),
  ]
  /// An object holds an object of labels, in a list.
  private static let depthMax = 4

  /// Hands each sample to `take`, with the pointer to it.
  static func read(
    _ body: UnsafeRawBufferPointer, take: (PushedSample, _ pointer: String) -> Void
  ) throws(PushMistake) {
    do {
      if let offset = unsafe UTF8Text.firstInvalidOffset(body) {
        throw JSONError(offset: offset, reason: "the text is not UTF-8")
      }
      var reader = try unsafe JSONReader(body, limits: JSONLimits(depthMax: depthMax, bytesMax: body.count))
      if try reader.peekKind() == .array {
        try reader.enterArray()
        var index = 0
        while try reader.nextElement() {
          let pointer = "/\(index)"
          take(try sample(&reader, pointer), pointer)
          index += 1
        }
        try reader.finish()
        return
      }
      var number = 0
      repeat {
        number += 1
        do throws(PushMistake) {
          take(try sample(&reader, ""), "")
        } catch {
          guard number > 1 else { throw error }
          throw PushMistake(pointer: error.pointer, reason: "\(error.reason) (object \(number) of the body)")
        }
      } while !isAtEnd(&reader)
    } catch let error as PushMistake {
      throw error
    } catch {
      throw PushMistake(pointer: "", reason: "\(error)")
    }
  }

  /// Whether each sample of a body has a time, so that the body says the same whenever it comes; true where it is not one.
  ///
  /// Only the keys are read: the event loop parses the body a second time when it decodes it.
  static func isTimed(_ body: UnsafeRawBufferPointer) -> Bool {
    do throws(JSONError) {
      var reader = try unsafe JSONReader(body, limits: JSONLimits(depthMax: depthMax, bytesMax: body.count))
      guard try reader.peekKind() == .array else {
        repeat {
          guard try hasTime(&reader) else { return false }
        } while !isAtEnd(&reader)
        return true
      }
      try reader.enterArray()
      while try reader.nextElement() {
        guard try hasTime(&reader) else { return false }
      }
    } catch {
      // It is refused when it is decoded.
    }
    return true
  }

  /// Reads an object, and says whether it has a time.
  private static func hasTime(_ reader: inout JSONReader) throws(JSONError) -> Bool {
    var hasTime = false
    try reader.enterObject()
    while let key = try reader.nextKey() {
      if key.string == "time" { hasTime = true }
      try reader.skipValue()
    }
    return hasTime
  }

  private static func isAtEnd(_ reader: inout JSONReader) -> Bool {
    do throws(JSONError) {
      try reader.finish()
      return true
    } catch {
      return false
    }
  }

  // MARK: A sample

  private static func sample(_ reader: inout JSONReader, _ place: String) throws(PushMistake) -> PushedSample {
    var sample = PushedSample()
    var seen: Set<String> = []
    do {
      guard try reader.peekKind() == .object else { throw PushMistake(pointer: place, reason: "expected an object") }
      try reader.enterObject()
      while let key = try reader.nextKey()?.string {
        let pointer = place + "/" + escaped(key)
        guard seen.insert(key).inserted else { throw PushMistake(pointer: pointer, reason: "occurs twice") }
        switch key {
        case "name": sample.name = try text(&reader, pointer, 1...PushedSample.nameBytesMax)
        case "labels": sample.labels = try labels(&reader, pointer)
        case "value": sample.value = try value(&reader, pointer)
        case "time": sample.time = try time(&reader, pointer)
        case "type": sample.type = try type(&reader, pointer)
        case "unit": sample.unit = try text(&reader, pointer, 0...PushedSample.textBytesMax)
        case "help": sample.help = try text(&reader, pointer, 0...PushedSample.textBytesMax)
        default:
          throw PushMistake(
            pointer: pointer,
            reason: "is not a member of a sample, which has name, labels, value, time, type, unit, help")
        }
      }
    } catch let error as PushMistake {
      throw error
    } catch {
      throw PushMistake(pointer: place, reason: "\(error)")
    }
    for name in ["name", "value"] where !seen.contains(name) {
      throw PushMistake(pointer: "\(place)/\(name)", reason: "is required")
    }
    return sample
  }

  private static func text(
    _ reader: inout JSONReader, _ pointer: String, _ byteCount: ClosedRange<Int>
  ) throws -> String {
    guard try reader.peekKind() == .string else { throw PushMistake(pointer: pointer, reason: "expected a string") }
    let text = try reader.readString().string
    guard byteCount.contains(text.utf8.count) else {
      throw PushMistake(
        pointer: pointer,
        reason: text.isEmpty ? "is empty" : "is longer than \(byteCount.upperBound) bytes")
    }
    return text
  }

  private static func labels(_ reader: inout JSONReader, _ pointer: String) throws -> [Label] {
    guard try reader.peekKind() == .object else {
      throw PushMistake(pointer: pointer, reason: "expected an object whose values are strings")
    }
    var labels: [Label] = []
    var seen: Set<String> = []
    try reader.enterObject()
    while let name = try reader.nextKey()?.string {
      let place = pointer + "/" + escaped(name)
      guard (1...PushedSample.nameBytesMax).contains(name.utf8.count) else {
        throw PushMistake(
          pointer: pointer, reason: name.isEmpty ? "a label has no name" : "the name of a label is too long")
      }
      guard name != Label.metricName else {
        throw PushMistake(pointer: place, reason: "the name of the metric is the member 'name'")
      }
      guard seen.insert(name).inserted else { throw PushMistake(pointer: place, reason: "occurs twice") }
      labels.append(Label(name, try text(&reader, place, 0...PushedSample.textBytesMax)))
      guard labels.count < PushedSample.labelsMax else {
        throw PushMistake(pointer: pointer, reason: "has more than \(PushedSample.labelsMax - 1) labels")
      }
    }
    return labels
  }

  private static func value(_ reader: inout JSONReader, _ pointer: String) throws -> Double {
    switch try reader.peekKind() {
    case .number: return try reader.readNumber().double
    case .string:
      let text = try reader.readString().string
      if let special = specialValues.first(where: { $0.text == text }) { return special.value }
    default: break
    }
    let texts = specialValues.map { "\"\($0.text)\"" }.joined(separator: ", ")
    throw PushMistake(pointer: pointer, reason: "expected a number, or one of \(texts)")
  }

  private static func time(_ reader: inout JSONReader, _ pointer: String) throws -> PushedTime {
    switch try reader.peekKind() {
    case .number:
      if let milliseconds = try reader.readNumber().int { return .milliseconds(milliseconds) }
    case .string:
      let text = try reader.readString().string
      return RFC3339.parse(text).map { .milliseconds($0.rawValue / 1_000_000) } ?? .unreadable(text)
    default: break
    }
    throw PushMistake(
      pointer: pointer, reason: "expected a whole number of milliseconds since 1970, or an RFC 3339 date and time")
  }

  private static func type(_ reader: inout JSONReader, _ pointer: String) throws -> FamilyType {
    if try reader.peekKind() == .string {
      let word = try reader.readString().string
      if let type = FamilyType.allCases.first(where: { "\($0)" == word }) { return type }
    }
    let words = FamilyType.allCases.map { "\($0)" }.joined(separator: ", ")
    throw PushMistake(pointer: pointer, reason: "expected one of \(words)")
  }

  private static func escaped(_ key: String) -> String {
    String(key.flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) })
  }
}
