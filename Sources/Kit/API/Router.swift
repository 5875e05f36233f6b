package import HTTPTypes

/// Finds the endpoint of a path, in time proportional to the path's segments.
///
/// A literal segment takes precedence over one that varies, and that over `{name+}`.
package struct Router: Sendable {
  private final class Node: Sendable {
    let literals: [String: Node]
    let varying: Node?
    /// Indices of the endpoints that end here, by method.
    let endpoints: [HTTPMethod: Int]
    /// Indices of the endpoints that take whatever follows.
    let rest: [HTTPMethod: Int]

    init(_ routes: [(segments: ArraySlice<Substring>, method: HTTPMethod, index: Int)]) {
      var literals: [String: [(ArraySlice<Substring>, HTTPMethod, Int)]] = [:]
      var varying: [(ArraySlice<Substring>, HTTPMethod, Int)] = []
      var endpoints: [HTTPMethod: Int] = [:]
      var rest: [HTTPMethod: Int] = [:]
      for (segments, method, index) in routes {
        guard let first = segments.first else {
          precondition(endpoints.updateValue(index, forKey: method) == nil, "two endpoints have one path and method")
          continue
        }
        if first.hasSuffix("+}") {
          precondition(segments.count == 1, "nothing can follow a segment that takes the rest")
          precondition(rest.updateValue(index, forKey: method) == nil, "two endpoints have one path and method")
        } else if first.hasPrefix("{") {
          varying.append((segments.dropFirst(), method, index))
        } else {
          literals[String(first), default: []].append((segments.dropFirst(), method, index))
        }
      }
      self.literals = literals.mapValues { Node($0.map { (segments: $0.0, method: $0.1, index: $0.2) }) }
      self.varying = varying.isEmpty ? nil : Node(varying.map { (segments: $0.0, method: $0.1, index: $0.2) })
      self.endpoints = endpoints
      self.rest = rest
    }

    func find(_ segments: ArraySlice<String>) -> [HTTPMethod: Int]? {
      guard let first = segments.first else { return endpoints.isEmpty ? nil : endpoints }
      return literals[first]?.find(segments.dropFirst()) ?? varying?.find(segments.dropFirst())
        ?? (rest.isEmpty ? nil : rest)
    }
  }

  package enum Match: Sendable, Equatable {
    /// The index of the endpoint.
    case endpoint(Int)
    /// The path exists for other methods; the index is of one of its endpoints.
    case otherMethods([HTTPMethod], Int)
    case none
  }

  private let root: Node
  private let patterns: [[Substring]]

  /// - Parameter definitions: two of them MUST NOT have the same path and method.
  package init(_ definitions: [EndpointDefinition]) {
    patterns = definitions.map { $0.path.split(separator: "/") }
    root = Node(zip(patterns, definitions).enumerated().map { ($1.0[...], $1.1.method, $0) })
  }

  /// - Parameter segments: the path's segments, decoded.
  package func match(_ method: HTTPMethod, _ segments: [String]) -> Match {
    guard let found = root.find(segments[...]) else { return .none }
    if let index = found[method] ?? (method == .head ? found[.get] : nil) { return .endpoint(index) }
    var methods = Set(found.keys)
    if methods.contains(.get) { methods.insert(.head) }
    return .otherMethods(methods.sorted { $0.description < $1.description }, found.values.min() ?? 0)
  }

  /// The varying segments of a path that an endpoint matches, by name.
  package func values(of segments: [String], at index: Int) -> [String: String] {
    var values: [String: String] = [:]
    for (place, pattern) in patterns[index].enumerated() where pattern.hasPrefix("{") {
      if pattern.hasSuffix("+}") {
        values[String(pattern.dropFirst().dropLast(2))] = segments[place...].joined(separator: "/")
      } else {
        values[String(pattern.dropFirst().dropLast())] = segments[place]
      }
    }
    return values
  }
}
