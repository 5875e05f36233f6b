import Base
package import Configuration
import Synchronization
import System
import YAML

/// The prices of the configuration file, which may be read again while the server runs.
package final class PriceSource: Sendable {
  private let path: String?
  private let state: Mutex<(list: PriceList, problem: String?)>

  /// Reads the prices; throws what is wrong with them.
  package init(_ configuration: Configuration) throws(PriceListError) {
    path = configuration.filePath
    state = Mutex((try Self.read(path), nil))
  }

  package var list: PriceList { state.withLock { $0.list } }

  /// Why the newest prices are not used; nil when they are.
  package var problem: String? { state.withLock { $0.problem } }

  /// Reads the prices again; where something is wrong with them, they stay as they were.
  package func reload() {
    let read = Result { () throws(PriceListError) in try Self.read(path) }
    state.withLock { state in
      switch read {
      case .success(let list): state = (list, nil)
      case .failure(let error): state.problem = error.description
      }
    }
  }

  /// What is wrong with the prices of a configuration: a line each.
  package static func problems(of configuration: Configuration) -> [String] {
    guard configuration[PriceSection.section] != nil else { return [] }
    do throws(PriceListError) {
      _ = try read(configuration.filePath)
      return []
    } catch {
      return error.problems
    }
  }

  private static func read(_ path: String?) throws(PriceListError) -> PriceList {
    guard let path else { return .empty }
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try File.read(path, sizeMax: YAMLReader.bytesMax) } catch {
      throw PriceListError(problems: ["\(path): the file cannot be read: \(error)."])
    }
    return try PriceSection.read(bytes, path: path)
  }
}
