package import Commands
import Feature

/// A server with made-up data that moves, for people who look at Axonize for the first time.
package enum DemoFeature: FeatureDeclaration {
  package static let name = "demo"

  package static let commands = [DemoCommand.definition]
}
