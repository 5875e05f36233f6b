import JSON

/// Properties of the JSON parser: it never traps, and what it reads is written so that it reads the same again.
package enum JSONFuzzCase {
  package static func run(_ input: [UInt8]) {
    guard let value = try? JSONValue(parsing: input) else { return }
    let written = value.encoded
    guard let again = try? JSONValue(parsing: written) else { preconditionFailure("what was written is no JSON") }
    precondition(again == value, "what was written reads differently")
  }
}
