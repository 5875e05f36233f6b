import Base
package import Configuration
import Feature
import MetricsIngest
import MetricsSettings
import Scraping
import SeriesPatterns
import System

// What the server scrapes and reads itself.
extension MetricsFeature {
  package static func problems(of configuration: Configuration) -> [String] {
    let isConfigured =
      configuration[MetricsSettings.scrapeSection] != nil || !configuration[MetricsSettings.scrapeFile].isEmpty
    guard isConfigured else { return [] }
    do {
      _ = try scrapeFile(configuration)?.read()
      return []
    } catch let error as ScrapeConfigurationError {
      return error.problems
    } catch let error as ErrorReport {
      return [error.message]
    } catch {
      return ["\(error)"]
    }
  }

  /// Where the scrape configuration stands: a file of its own, or the section of the configuration file; nil without either
  /// file.
  private static func scrapeFile(_ configuration: Configuration) throws(ErrorReport) -> ScrapeConfigurationFile? {
    let path = configuration[MetricsSettings.scrapeFile]
    let section = MetricsSettings.scrapeSection
    if !path.isEmpty, let origin = configuration[section] {
      throw ErrorReport(
        code: "scrape_configuration_twice",
        message:
          "\(origin): there is a section '\(section.key)', and metrics.scrape_file names \(path) as well "
          + "(\(configuration[MetricsSettings.scrapeFile.declaration].origin)). Keep one of them: move the jobs of one to the "
          + "other.")
    }
    let isReading = !configuration[MetricsSettings.textfileDirectory].isEmpty
    let reserved: Set<String> = isReading ? [ScrapeJob.textfilesName] : []
    if !path.isEmpty {
      return ScrapeConfigurationFile(path, reservedJobs: reserved, compiler: SeriesPatternCompiler())
    }
    return configuration.filePath.map { path in
      ScrapeConfigurationFile(
        path, section: section.key, mayNameFiles: configuration.isFileTrusted, reservedJobs: reserved,
        compiler: SeriesPatternCompiler())
    }
  }

  /// To whom belongs what the server scrapes and reads.
  static func scrapeTenant(_ context: FeatureContext) throws -> TenantID {
    let name = context.configuration[MetricsSettings.scrapeTenant]
    guard let tenant = try context.tenant(name) else {
      throw ErrorReport(
        code: "scrape_tenant_unknown",
        message: "There is no tenant '\(name)' (metrics.scrape_tenant). Make it with 'axonize tenants create', or set "
          + "another.")
    }
    return tenant
  }

  static func scraping(
    _ context: FeatureContext, _ ingest: MetricsIngest, for tenant: TenantID
  ) throws -> ScrapeService {
    let configuration = context.configuration
    let file = try scrapeFile(configuration)
    let jobs: ScrapeConfiguration
    do throws(ScrapeConfigurationError) {
      jobs = try file?.read() ?? .empty
    } catch {
      throw ErrorReport(
        code: "scrape_file_invalid", message: "The scrape configuration cannot be used:\n\(error)")
    }
    return ScrapeService(
      jobs, from: file, textfiles: textfiles(configuration),
      sink: ScrapedSampleStore(ingest: ingest, tenant: tenant), version: context.version,
      logger: context.logger.component("scraping"), now: context.now)
  }

  private static func textfiles(_ configuration: Configuration) -> ScrapeJob? {
    let folder = configuration[MetricsSettings.textfileDirectory]
    guard !folder.isEmpty else { return nil }
    let instance = configuration[MetricsSettings.textfileInstance]
    return .textfiles(
      in: folder, interval: configuration[MetricsSettings.textfileInterval],
      instance: instance.isEmpty ? SocketAddress.hostName ?? "localhost" : instance)
  }
}
