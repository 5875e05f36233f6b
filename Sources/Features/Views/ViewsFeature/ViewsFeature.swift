package import API
package import Feature
import ViewsAPI

/// Searches that people keep under a name.
package struct ViewsFeature: Feature {
  package static let name = "views"

  package let endpoints: [Endpoint<Void>]

  package init(_ context: FeatureContext) {
    endpoints = ViewEndpoints(documents: context.documents).endpoints
  }
}
