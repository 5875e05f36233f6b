package import Configuration
import DashboardFeature
import DemoFeature
package import Feature
import FleetFeature
import IdentityFeature
import MetricsFeature
package import Schema
import ScoresFeature
import StorageFeature
import TelemetryFeature
import ViewsFeature

/// The slices of the product: the one list from which the others are derived.
package enum Features {
  /// In the order of the help, of the reference page and of the OpenAPI document.
  package static let all: [any FeatureDeclaration.Type] = [
    TelemetryFeature.self, ScoresFeature.self, MetricsFeature.self, FleetFeature.self, ViewsFeature.self,
    StorageFeature.self, IdentityFeature.self, DashboardFeature.self, DemoFeature.self,
  ]

  /// Everything that may be set.
  package static let settings = SettingCatalog(features: all.flatMap { $0.settings })

  /// Everything that is stored in the engine.
  package static let schema = StoreSchema(tables: all.flatMap { $0.tables }, steps: all.flatMap { $0.schemaSteps })

  /// How long rows are kept.
  package static func retention(_ configuration: Configuration) -> RetentionPolicy {
    all.reduce(into: RetentionPolicy()) { policy, feature in feature.setRetention(&policy, by: configuration) }
  }

  /// What is wrong with the files that settings name, and with settings that do not go together.
  package static func problems(of configuration: Configuration) -> [String] {
    all.flatMap { $0.problems(of: configuration) }
  }

  /// The slices that have a part in a running server.
  package static let ofServer: [any Feature.Type] = all.compactMap { $0 as? any Feature.Type }
}
