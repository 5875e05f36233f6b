package import Commit
package import Configuration
package import Journal
package import Schema

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
  ///
  /// - Parameter retention: that of the rows of all slices.
  package init(_ configuration: Configuration, retention: RetentionPolicy) {
    self.init(folder: "\(configuration.dataDirectory)/journal")
    bytesMax = configuration[IngestSettings.journalBytesMax]
    ageMax = configuration[IngestSettings.journalAgeMax]
    // What is set aside may be of any stream.
    if let shortest = retention.shortest { refusedAgeMax = shortest }
    sync =
      switch configuration[IngestSettings.journalSync] {
      case .always: .always
      case .interval: .interval(configuration[IngestSettings.journalSyncInterval])
      case .never: .never
      }
  }
}
