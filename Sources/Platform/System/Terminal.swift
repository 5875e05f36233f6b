import CSystemShims
import Glibc

/// What a descriptor that may be a terminal can show.
package enum Terminal {
  /// Whether a descriptor is a terminal (isatty(3)).
  package static func isTerminal(_ number: Int32) -> Bool { isatty(number) == 1 }

  /// How many columns a terminal has; nil when the descriptor is not a terminal or does not say.
  package static func columnCount(_ number: Int32) -> Int? {
    let count = CSystemShims_terminal_columns(number)
    return count > 0 ? Int(count) : nil
  }
}
