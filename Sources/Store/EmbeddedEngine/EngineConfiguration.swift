import Base
import System

/// The configuration of the engine as a whole; what a single statement may do is said by ``SessionSettings``.
package enum EngineConfiguration {
  /// Server settings of ClickHouse, https://clickhouse.com/docs/operations/server-configuration-parameters/settings.
  ///
  /// Caches are parts of the memory that queries may take; the engine's own limits are 5 GiB for each of the first three.
  /// Skip indexes are read whole for each question: those of 20 M spans fit into 32 MiB.
  static func settings(memoryBytes: Int) -> KeyValuePairs<String, String> {
    [
      "mark_cache_size": "\(memoryBytes / 8)",
      "index_mark_cache_size": "\(memoryBytes / 16)",
      "primary_index_cache_size": "\(memoryBytes / 16)",
      "index_uncompressed_cache_size": "\(memoryBytes / 64)",
      "query_condition_cache_size": "\(memoryBytes / 128)",
      // How often it looks at the memory that the process takes: 20 times a second by default, which is a third of what an
      // idle server takes of a core.
      "memory_worker_period_ms": "250",
    ]
  }

  /// Writes `config.xml` into a folder that is ours alone, and returns the folder's absolute path.
  ///
  /// At each start it is made to say what this version and its settings want; it belongs to them, not to the data. A file
  /// that says so already is left alone, so that a server starts on a full disk too.
  ///
  /// - Parameter memoryBytes: The memory that all queries may take together.
  package static func prepare(in folder: String, memoryBytes: Int) throws -> String {
    let folder = try StoreFolder.prepareInner("engine-configuration", of: folder)
    let lines = settings(memoryBytes: memoryBytes).map { "  <\($0.key)>\($0.value)</\($0.key)>\n" }.joined()
    let path = folder + "/config.xml"
    let text = Array("<clickhouse>\n\(lines)</clickhouse>\n".utf8)
    // A file that is not there, or cannot be read, is written.
    if (try? File.read(path, sizeMax: 1 << 20)) == text { return folder }
    do throws(SystemError) {
      try File.writeAtomically(path, text, mode: 0o600)
    } catch {
      throw StoreFolder.report(error, path)
    }
    return folder
  }
}
