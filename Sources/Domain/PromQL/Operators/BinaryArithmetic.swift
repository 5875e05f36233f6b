import Glibc

extension BinaryOperator {
  /// Whether the result measures something else than the operands, so that the metric's name goes.
  var isArithmetic: Bool {
    switch self {
    case .add, .subtract, .multiply, .divide, .modulo, .power, .atan2: true
    default: false
    }
  }

  /// The result of arithmetic.
  @inline(__always)
  func calculate(_ left: Double, _ right: Double) -> Double {
    switch self {
    case .add: left + right
    case .subtract: left - right
    case .multiply: left * right
    case .divide: left / right
    case .modulo: left.truncatingRemainder(dividingBy: right)
    case .power: pow(left, right)
    case .atan2: Glibc.atan2(left, right)
    default: preconditionFailure("\(rawValue) is not arithmetic")
    }
  }

  /// Whether a comparison is true.
  @inline(__always)
  func holds(_ left: Double, _ right: Double) -> Bool {
    switch self {
    case .equal: left == right
    case .notEqual: left != right
    case .greater: left > right
    case .less: left < right
    case .greaterOrEqual: left >= right
    case .lessOrEqual: left <= right
    default: preconditionFailure("\(rawValue) is not a comparison")
    }
  }

  /// The value of two elements of vectors; ``Absent/marker`` where a comparison leaves them out.
  ///
  /// - Parameter kept: What a comparison that holds passes on.
  @inline(__always)
  func element(_ left: Double, _ right: Double, kept: Double, returnsBool: Bool) -> Double {
    guard isComparison else { return calculate(left, right) }
    let holds = holds(left, right)
    if returnsBool { return holds ? 1 : 0 }
    return holds ? kept : Absent.marker
  }
}
