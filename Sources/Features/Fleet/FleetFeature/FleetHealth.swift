import Base
import Feature

/// What `/readyz` says of machines and GPUs.
enum FleetHealth {
  /// How far the energy of GPUs may be behind, beyond its delay, before that is said: ten minutes of a store that is slow.
  static let lagSecondsMax: Int64 = 600

  /// Whatever of this machine or of prices is wrong, requests are served.
  static func collection(problems: [String], pricesProblem: String?) -> HealthCheck.Problem? {
    let prices = pricesProblem.map { "the prices stay as they were: \($0)" }
    guard problems.isEmpty else {
      return .init(
        summary: "not everything of this machine can be collected",
        // What somebody has just changed comes first.
        details: ((prices.map { [$0] } ?? []) + problems).joined(separator: "; "), isReady: true)
    }
    return pricesProblem.map { .init(summary: "the prices stay as they were", details: $0, isReady: true) }
  }

  /// Events come with requests and are stored as signals are, so that the server is as little ready without.
  static func events(problem: String?) -> HealthCheck.Problem? {
    problem.map { .init(summary: "events of machines cannot be stored", details: $0) }
  }

  /// Energy is computed later where it cannot be now, and is not part of any other request.
  static func energy(problem: String?, until: UnixNanoseconds?, lagSeconds: Int64?) -> HealthCheck.Problem? {
    let lag = until.map { "it is computed until \(RFC3339.format($0)), \(lagSeconds ?? 0) s behind" }
    if let problem {
      return .init(
        summary: "the energy of GPUs cannot be computed at present",
        details: ([problem] + (lag.map { [$0] } ?? [])).joined(separator: "; "), isReady: true)
    }
    guard let lag, let lagSeconds, lagSeconds > lagSecondsMax else { return nil }
    return .init(summary: "the energy of GPUs is behind", details: lag, isReady: true)
  }
}
