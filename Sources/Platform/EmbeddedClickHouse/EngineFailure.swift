/// What the embedded engine said when a call failed.
package struct EngineFailure: Error, Sendable, CustomStringConvertible {
  /// ClickHouse's error number (`src/Common/ErrorCodes.cpp`), 0 when the text names none.
  package let code: Int
  package let message: String

  package init(code: Int, message: String) {
    self.code = code
    self.message = message
  }

  /// Takes the number out of the engine's text, which has no other place for it: `[chdb] Code: 62. DB::Exception: …`.
  init(engineText: String) {
    message = engineText
    let marker = "Code: "
    var rest = Substring(engineText)
    if rest.hasPrefix("[chdb] ") { rest = rest.dropFirst(7) }
    guard rest.hasPrefix(marker) else {
      code = 0
      return
    }
    code = Int(rest.dropFirst(marker.count).prefix { $0.isNumber }) ?? 0
  }

  package var description: String { message }
}
