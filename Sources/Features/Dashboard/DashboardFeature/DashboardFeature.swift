package import API
import Base
package import Configuration
import DashboardAPI
import DashboardPages
package import Feature

/// The dashboard at `/`.
package struct DashboardFeature: Feature {
  package static let name = "dashboard"
  package static let settings = [DashboardSettings.group]

  package let endpoints: [Endpoint<Void>]
  package let pages: [any PageRoutes]

  package init(_ context: FeatureContext) throws {
    let configuration = context.configuration
    endpoints =
      SessionEndpoints(
        isKeyRequired: configuration[Settings.requireKeys],
        isEncrypted: !configuration[Settings.tlsCertificate].isEmpty
      ).endpoints
    pages = [DashboardPages(try Self.content(configuration[DashboardSettings.folder], context.logger))]
  }

  private static func content(_ source: DashboardSource, _ logger: Logger) throws -> DashboardPages.Content {
    switch source {
    case .off: return .notice("The dashboard is switched off (dashboard.folder).")
    case .folder(let folder):
      do throws(DashboardBundle.Failure) {
        return .dashboard(try DashboardBundle(folder: folder))
      } catch {
        throw ErrorReport(
          code: "dashboard",
          message: "dashboard.folder names no dashboard: \(error). Name the folder that 'make dashboard' made, or off.")
      }
    case .found:
      guard let folder = DashboardFolder.find() else {
        return .notice(
          "The dashboard is not installed: run 'make dashboard' in the checkout, or 'make install', and start the server "
            + "again.")
      }
      do throws(DashboardBundle.Failure) {
        return .dashboard(try DashboardBundle(folder: folder))
      } catch {
        logger.component("dashboard").warning("the dashboard is not served", LogField("cause", error))
        return .notice(
          "The dashboard cannot be read: \(error). Run 'make dashboard' again, and start the server again.")
      }
    }
  }
}
