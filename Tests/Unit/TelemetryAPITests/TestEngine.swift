import Columns
import EmbeddedClickHouse
import Engine
import EngineTestSupport
import Synchronization
import TelemetryQueries

/// The embedded engine behind the port, on a migrated database of its own.
final class TestEngine: AnalyticsEngine {
  private let connection: Mutex<EngineConnection>

  init(_ connection: sending EngineConnection) { self.connection = Mutex(connection) }

  func execute(_ statement: SQLStatement) throws(EngineError) { _ = try query(statement) }

  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    let text = SQLText.replacingParameters(of: statement.text) { name, _ in
      guard let value = statement.parameters[String(name)] else { return "{\(name)}" }
      return Self.literal(value)
    }
    do {
      defer { EngineFixture.leaveWithoutTeardown() }
      return try connection.withLock { connection throws(EngineFailure) in try connection.query(text) }
    } catch {
      throw EngineError(clickHouse: error.code, message: "\(error.message)\n\(text)")
    }
  }

  private static func literal(_ value: SQLValue) -> String {
    switch value {
    case .string(let text): SQLText.literal(text)
    case .bytes(let bytes): SQLText.literal(bytes: bytes)
    case .int(let number): "toInt64('\(number)')"
    case .unsigned(let number): "toUInt64(\(number))"
    case .double(let number): "toFloat64('\(number)')"
    case .strings(let texts): "CAST([\(texts.map(SQLText.literal).joined(separator: ","))], 'Array(String)')"
    case .elements(let elements): SQLText.list(elements)
    case .unsigneds(let numbers): "CAST([\(numbers.map(String.init).joined(separator: ","))], 'Array(UInt64)')"
    }
  }
}

extension QueryLimits {
  /// Those of the settings' defaults, which the snapshots show.
  static let ofDefaults = QueryLimits(timeout: .seconds(20), memoryBytesMax: 512 << 20)
}

extension TelemetryReader {
  static func over(_ engine: any AnalyticsEngine, derived: any DerivedTables = NothingDerived()) -> TelemetryReader {
    TelemetryReader(engine: engine, derived: derived, limits: .ofDefaults)
  }
}
