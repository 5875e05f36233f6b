package import HTTPServer

/// The routes of a wire protocol such as OTLP, which are not endpoints of the API.
///
/// They are the same on every port.
package protocol ProtocolRoutes: Sendable {
  /// What people call it, e.g. `OTLP`; slices that take a part of a protocol each have the same.
  var name: String { get }

  /// Where it is over HTTP, for those who ask for another path, e.g. `/v1/traces`.
  var paths: [String] { get }

  /// What becomes of a request; nil when its path is not one of the protocol's. Called on an event loop for every request,
  /// so it MUST NOT block.
  func route(_ request: RequestView) -> HTTPRoute?
}
