package import HTTPServer

/// Pages for people in a browser, beside the API and on its port only.
///
/// They show nothing of the data by themselves, so they need no key: what they show, they ask the API for.
package protocol PageRoutes: Sendable {
  /// What becomes of a request; nil when it is not for a page. Called on an event loop, so it MUST NOT block.
  func route(_ request: RequestView) -> HTTPRoute?
}
