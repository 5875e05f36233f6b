import EmbeddedClickHouse
import Engine

extension EngineError {
  init(_ failure: EngineFailure) { self.init(clickHouse: failure.code, message: failure.message) }
}
