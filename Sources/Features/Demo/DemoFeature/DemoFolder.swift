import Base
import Commands
import System

/// The folder of a demo's server: temporary, or one that a person names, which must be empty.
struct DemoFolder {
  let path: String
  let isTemporary: Bool

  /// What the server is configured with.
  var configurationFile: String { "\(path)/demo.yaml" }
  var dataDirectory: String { "\(path)/data" }

  /// - Parameters:
  ///   - named: by a person; nil for a temporary one.
  ///   - temporaryFolder: where that is made.
  init(named: String?, temporaryFolder: String) throws(CommandFailure) {
    isTemporary = named == nil
    let entryCount: Int
    do throws(SystemError) {
      if let named {
        path = File.absolutePath(named)
        try File.makeDirectories(path, mode: 0o700)
        entryCount = try File.entryCount(ofDirectory: path)
      } else {
        path = try File.makeTemporaryFolder(in: temporaryFolder, prefix: "axonize-demo-")
        entryCount = 0
      }
      if entryCount == 0 { try File.writeAtomically(configurationFile, Array(Self.configuration.utf8)) }
    } catch {
      throw CommandFailure(.failure, "The folder of the demo cannot be made: \(error)")
    }
    guard entryCount == 0 else {
      throw CommandFailure(
        .usage,
        "\(TextWidth.visible(path)) is not empty, and a demo never touches what is there. Name a new folder, or look at "
          + "an earlier demo with 'axonize serve --data-dir \(TextWidth.visible(dataDirectory))'.")
    }
  }

  /// Removes a temporary folder.
  func remove() throws(CommandFailure) {
    guard isTemporary else { return }
    do throws(SystemError) { try File.removeTree(path) } catch {
      throw CommandFailure(.failure, "\(path) cannot be removed: \(error). Remove it by hand.")
    }
  }

  /// What the GPUs and their electricity cost, in the form of the configuration file.
  static let configuration = """
    # Written by 'axonize demo': prices that are made up.
    prices:
      currency: EUR
      electricity:
        - price_per_kwh: 0.28
          co2_grams_per_kwh: 340
          pue: 1.25
      gpus:
        - model: "*H200*"
          price_per_hour: 3.60
        - model: "*H100*"
          price_per_hour: 2.90
        - model: "*L40S*"
          price_per_hour: 1.10

    """
}
