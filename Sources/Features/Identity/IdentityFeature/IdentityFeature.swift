package import Commands
import Configuration
import Feature
import IdentityCommands

/// Tenants and API keys.
package enum IdentityFeature: FeatureDeclaration {
  package static let name = "identity"

  package static let commands = KeyCommands.all + TenantCommands.all
}
