package import Commit
package import Configuration
package import Journal

extension CommitLimits {
  /// The limits that settings name; the others keep their defaults.
  package init(_ configuration: Configuration) {
    self.init()
    groupRowsMax = configuration[IngestSettings.commitRowsMax]
    lingerMax = configuration[IngestSettings.commitInterval]
    queueBytesMax = configuration[IngestSettings.queueBytesMax]
  }
}

extension JournalOptions {
  /// The options that settings name; the others keep their defaults.
  package init(_ configuration: Configuration) {
    self.init(folder: "\(configuration.dataDirectory)/journal")
    bytesMax = configuration[IngestSettings.journalBytesMax]
    ageMax = configuration[IngestSettings.journalAgeMax]
    sync =
      switch configuration[IngestSettings.journalSync] {
      case .always: .always
      case .interval: .interval(configuration[IngestSettings.journalSyncInterval])
      case .never: .never
      }
  }
}
