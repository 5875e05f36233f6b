package import API
package import Commands
package import Feature
import ViewsAPI
import ViewsCommands

/// Searches that people keep under a name.
package struct ViewsFeature: Feature {
  package static let name = "views"
  package static let commands = ViewCommands.all

  package let endpoints: [Endpoint<Void>]

  package init(_ context: FeatureContext) {
    endpoints = ViewEndpoints(documents: context.documents).endpoints
  }
}
