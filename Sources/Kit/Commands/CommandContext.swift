package import Base
package import BlockingHTTPClient
package import Configuration
package import JSON

/// Everything in the outside world that a command may touch; tests substitute their own.
package struct CommandContext {
  /// What may be set.
  package var settings: SettingCatalog
  package var environment: [String: String]
  /// Writes to standard output.
  package var write: (String) -> Void
  /// Writes to standard error.
  package var writeError: (String) -> Void
  /// The columns of the terminal that standard output is; nil when that is not a terminal.
  package var columnCount: Int?
  /// Whether to use colours there.
  package var colors: Bool
  package var now: () -> UnixNanoseconds
  /// The bytes of a file; nil when there is none.
  package var readFile: (String) throws -> [UInt8]?
  /// Sends a request to a server, hands the status and the parts of the response's body on until the receiver has enough,
  /// and returns what came before the body.
  package var request:
    (
      _ server: ServerURL, _ request: BlockingHTTPRequest,
      _ receive: (_ status: Int, _ part: ArraySlice<UInt8>) -> Bool
    ) throws(BlockingHTTPError) -> BlockingHTTPResponseHead
  /// Runs the server until a signal stops it, and returns its exit code.
  ///
  /// When it is ready, it announces its addresses, or calls `whenReady`, if there is that, with the URL of its REST API.
  package var serve: (_ configuration: Configuration, _ whenReady: ((String?) -> Void)?) -> Int32
  /// Loads the analytics engine that a configuration names, and says which one it is; throws what is wrong.
  package var probeEngine: (Configuration) throws -> String
  /// The user that runs the command.
  package var userID: UInt32
  /// The servers that run on this machine.
  package var runningServers: () throws -> [RunningServer]
  /// The lists that commands show, those of every feature.
  package var lists: [ListDefinition] = []

  package init(
    settings: SettingCatalog, environment: [String: String], write: @escaping (String) -> Void,
    writeError: @escaping (String) -> Void, columnCount: Int?, colors: Bool, now: @escaping () -> UnixNanoseconds,
    readFile: @escaping (String) throws -> [UInt8]?,
    request:
      @escaping (
        ServerURL, BlockingHTTPRequest, (Int, ArraySlice<UInt8>) -> Bool
      ) throws(BlockingHTTPError) -> BlockingHTTPResponseHead,
    serve: @escaping (Configuration, ((String?) -> Void)?) -> Int32,
    probeEngine: @escaping (Configuration) throws -> String,
    userID: UInt32, runningServers: @escaping () throws -> [RunningServer]
  ) {
    self.settings = settings
    self.environment = environment
    self.write = write
    self.writeError = writeError
    self.columnCount = columnCount
    self.colors = colors
    self.now = now
    self.readFile = readFile
    self.request = request
    self.serve = serve
    self.probeEngine = probeEngine
    self.userID = userID
    self.runningServers = runningServers
  }

  package func print(_ line: String) { write(line + "\n") }

  package func print(_ table: Table) {
    for line in table.lines(width: columnCount, style: Style(isOn: colors)) { print(line) }
  }

  /// Writes one JSON object on a line.
  package func printJSON(_ members: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    writer.object(members)
    print(String(decoding: writer.bytes, as: UTF8.self))
  }
}
