package import Configuration
package import Feature
import IdentityFeature
import TelemetryFeature

/// The slices of the product: the one list from which the others are derived.
package enum Features {
  /// In the order of the help and of the reference page.
  package static let all: [any FeatureDeclaration.Type] = [TelemetryFeature.self, IdentityFeature.self]

  /// Everything that may be set.
  package static let settings = SettingCatalog(features: all.flatMap { $0.settings })
}
