import Base
package import BlockingHTTPClient
import Configuration
package import HTTPTypes
package import JSON

/// What a server responded with.
package struct APIResponse {
  package let value: JSONValue
  /// The body as it came.
  package let bytes: [UInt8]
  /// The `ETag`: which revision of an object it is.
  package let entityTag: String?
}

/// What a change asks the server to find.
package enum ChangeCondition: Sendable, Hashable {
  case none
  /// No object of this id.
  case absent
  /// The object as it was with this `ETag`.
  case unchanged(String)
}

/// The REST API as commands use it.
package struct APIClient {
  package let server: ServerURL
  private let fields: HTTPFields
  private let arguments: ParsedArguments
  private let context: CommandContext
  private let incompleteness: IncompleteWarning

  package static let defaultServer = "http://127.0.0.1:8080"

  /// The server that the arguments, the environment or else the default names.
  package init(_ arguments: ParsedArguments, _ context: CommandContext) throws(CommandFailure) {
    for problem in ForeignVariables.problems(in: context.environment, context.settings) {
      context.writeError("warning: \(problem)\n")
    }
    let variable = context.environment["AXONIZE_SERVER"].flatMap { $0.isEmpty ? nil : $0 }
    let text = arguments["--server"] ?? variable ?? Self.defaultServer
    guard let server = ServerURL(text) else {
      throw CommandFailure(
        .usage, "'\(TextWidth.visible(text))' is not a server's URL; --server takes one such as \(Self.defaultServer).")
    }
    try self.init(server: server, arguments, context)
  }

  package init(
    server: ServerURL, _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) {
    self.server = server
    self.arguments = arguments
    self.context = context
    incompleteness = IncompleteWarning(context)
    var fields: HTTPFields = ["accept": "application/json", "user-agent": "axonize"]
    if let key = context.environment["AXONIZE_API_KEY"], !key.isEmpty {
      guard key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
        throw CommandFailure(.usage, "AXONIZE_API_KEY contains characters that no key has.")
      }
      if !server.isSecure, !ListenAddress.on(host: server.host, port: server.port).isLoopback {
        context.writeError(
          "warning: the API key goes to \(server.host) over plain HTTP, where others can read it; use https://.\n")
      }
      fields["authorization"] = "Bearer \(key)"
    }
    self.fields = fields
  }

  /// The response to a GET under `/api/v1`.
  ///
  /// - Parameters:
  ///   - hints: what to do after a problem, in terms of the command line, by the problem's code.
  ///   - otherText: what an error says that is not a problem document but of an API with another form; nil for any
  ///     other body.
  package func get(
    _ path: String, _ query: [(String, String)] = [], hints: [String: String] = [:],
    otherText: (JSONValue) -> String? = { _ in nil }
  ) throws(CommandFailure) -> APIResponse {
    let request = BlockingHTTPRequest(.get, Self.target(path, query), fields: fields)
    return try response(to: request, query, hints, otherText: otherText)
  }

  /// The response to a request under `/api/v1` that changes something.
  ///
  /// It has an `Idempotency-Key`, so it is sent once more where the connection broke before the response: the server
  /// makes the change once.
  ///
  /// - Parameters:
  ///   - body: a JSON object; nil for none.
  ///   - condition: what the server must find.
  ///   - hints: what to do after a problem, in terms of the command line, by the problem's code.
  ///   - refusals: what a problem means here, instead of what it says, by its code.
  package func change(
    _ method: HTTPMethod, _ path: String, body: [UInt8]? = nil, condition: ChangeCondition = .none,
    hints: [String: String] = [:], refusals: [String: CommandFailure] = [:]
  ) throws(CommandFailure) -> APIResponse {
    var fields = fields
    fields["idempotency-key"] = arguments[ClientOptions.idempotencyKey.name] ?? Self.makeKey()
    if body != nil { fields["content-type"] = "application/json" }
    switch condition {
    case .none: break
    case .absent: fields["if-none-match"] = "*"
    case .unchanged(let tag): fields["if-match"] = tag
    }
    let request = BlockingHTTPRequest(method, Self.target(path, []), fields: fields, body: body)
    return try response(to: request, [], hints, refusals, triesMax: 2)
  }

  /// 128 random bits, so that the key is unique.
  private static func makeKey() -> String {
    Hex.encode(UInt64.random(in: 0 ... .max)) + Hex.encode(UInt64.random(in: 0 ... .max))
  }

  /// - Parameters:
  ///   - query: the parameters of the request, for mistakes that the server finds in them.
  ///   - triesMax: how often it is sent where a connection breaks before the response.
  private func response(
    to request: BlockingHTTPRequest, _ query: [(String, String)], _ hints: [String: String],
    _ refusals: [String: CommandFailure] = [:], triesMax: Int = 1, otherText: (JSONValue) -> String? = { _ in nil }
  ) throws(CommandFailure) -> APIResponse {
    var body: [UInt8] = []
    let head: BlockingHTTPResponseHead
    do throws(BlockingHTTPError) {
      head = try send(request) { _, part in
        body += part
        return body.count <= BlockingHTTPClient.bodyBytesMax
      }
    } catch {
      guard error.kind != .unreachable, triesMax > 1 else { throw unanswered(error) }
      return try response(to: request, query, hints, refusals, triesMax: triesMax - 1)
    }
    guard (200..<300).contains(head.status) else {
      if let text = (try? JSONValue(parsing: body)).flatMap(otherText) { throw failure(head.status, saying: text) }
      throw failure(head.status, body, query, hints, refusals)
    }
    if head.status == 204 { return APIResponse(value: .null, bytes: [], entityTag: nil) }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: body, limits: JSONLimits(bytesMax: BlockingHTTPClient.bodyBytesMax))
    } catch {
      throw isNotAxonize("\(error)")
    }
    return APIResponse(value: value, bytes: body, entityTag: head.fields["etag"])
  }

  /// The lines of a GET under `/api/v1` as they come, until `receive` returns false.
  ///
  /// Throws when the server ends before.
  package func lines(
    _ path: String, _ query: [(String, String)], _ receive: ([UInt8]) throws(CommandFailure) -> Bool
  ) throws(CommandFailure) {
    var rest: [UInt8] = []
    var problem: CommandFailure?
    var hasBegun = false
    var isEnough = false
    let status: Int
    do throws(BlockingHTTPError) {
      let request = BlockingHTTPRequest(.get, Self.target(path, query), fields: fields)
      status = try send(request) { status, part in
        rest += part
        guard status == 200 else { return rest.count < 1 << 20 }
        hasBegun = true
        while let end = rest.firstIndex(of: 0x0a) {
          let line = Array(rest[..<end])
          rest.removeFirst(end + 1)
          // An empty line only shows that the connection is alive.
          if line.isEmpty { continue }
          do throws(CommandFailure) {
            isEnough = try !receive(line)
          } catch {
            problem = error
          }
          if isEnough || problem != nil { return false }
        }
        return true
      }.status
    } catch {
      throw hasBegun ? ended(error.reason) : unanswered(error)
    }
    if let problem { throw problem }
    guard status == 200 else { throw failure(status, rest, query) }
    if !isEnough { throw ended("it does after an hour, when it restarts, and when the API key is revoked") }
  }

  /// The body of a GET under `/api/v1` piece by piece, for one that is too large to be held.
  ///
  /// Throws when it is not whole, and what `receive` throws.
  package func download(
    _ path: String, _ query: [(String, String)], _ receive: (ArraySlice<UInt8>) throws(CommandFailure) -> Void
  ) throws(CommandFailure) {
    var refusal: [UInt8] = []
    var problem: CommandFailure?
    var hasBegun = false
    let status: Int
    do throws(BlockingHTTPError) {
      let request = BlockingHTTPRequest(.get, Self.target(path, query), fields: fields)
      status = try send(request) { status, part in
        guard status == 200 else {
          refusal += part
          return refusal.count < 1 << 20
        }
        hasBegun = true
        do throws(CommandFailure) { try receive(part) } catch { problem = error }
        return problem == nil
      }.status
    } catch {
      guard hasBegun else { throw unanswered(error) }
      throw CommandFailure(
        .failure,
        "The response of \(server) broke off: \(error.reason). The server's log says why; what came is not whole.")
    }
    if let problem { throw problem }
    guard status == 200 else { throw failure(status, refusal, query) }
  }

  /// Why a server does not send any more lines, as far as it can be seen from here.
  private func ended(_ reason: String) -> CommandFailure {
    do throws(BlockingHTTPError) {
      _ = try fetch("/healthz")
    } catch {
      if error.kind == .timeout {
        return CommandFailure(.unreachable, "The server at \(server) no longer responds: \(error.reason).")
      }
      // A server that ends may still have taken this connection, which then breaks.
      return CommandFailure(.unreachable, "The server at \(server) has stopped, which ended this command.")
    }
    return CommandFailure(
      .failure, "The server at \(server) ended the connection: \(reason). Run the command again to go on.")
  }

  /// The status and the body of a GET of any path of the server.
  package func fetch(_ path: String) throws(BlockingHTTPError) -> (status: Int, body: [UInt8]) {
    var body: [UInt8] = []
    let head = try send(BlockingHTTPRequest(.get, path, fields: fields)) { _, part in
      body += part
      return body.count < 1 << 20
    }
    return (head.status, body)
  }

  /// Sends a request, and warns where the response lacks what the server has acknowledged.
  private func send(
    _ request: BlockingHTTPRequest, _ receive: (_ status: Int, _ part: ArraySlice<UInt8>) -> Bool
  ) throws(BlockingHTTPError) -> BlockingHTTPResponseHead {
    let head = try context.request(server, request, receive)
    incompleteness.check(head)
    return head
  }

  private static func target(_ path: String, _ query: [(String, String)]) -> String {
    let query = query.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
    return "/api/v1\(path)\(query.isEmpty ? "" : "?\(query)")"
  }

  private func unanswered(_ error: BlockingHTTPError) -> CommandFailure {
    switch error.kind {
    case .unreachable:
      CommandFailure(
        .unreachable,
        "No server responds at \(server) (\(error.reason)).\nStart one with 'axonize serve', or name another with "
          + "--server or AXONIZE_SERVER.")
    case .timeout, .protocolBroken:
      CommandFailure(.failure, "\(server) did not respond to the request: \(error.reason).")
    }
  }

  /// What a problem document says (RFC 9457).
  private func failure(
    _ status: Int, _ body: [UInt8], _ query: [(String, String)], _ hints: [String: String] = [:],
    _ refusals: [String: CommandFailure] = [:]
  ) -> CommandFailure {
    let problem = try? JSONValue(parsing: body)
    guard problem?["type"]?.string?.hasPrefix("urn:axonize:problem:") == true else { return foreign(status, body) }
    if let refusal = problem?["code"]?.string.flatMap({ refusals[$0] }) { return refusal }
    let detail = problem?["detail"]?.string ?? "The server responded with status \(status)."
    let errors = (problem?["errors"]?.array ?? []).compactMap { MistakeText($0, query, arguments) }
    let hint = problem?["code"]?.string.flatMap { hints[$0] }.map { " \($0)" } ?? ""
    let text = (errors.isEmpty ? TextWidth.visible(detail) : errors.map(\.text).joined(separator: "\n")) + hint
    return failure(status, saying: text)
  }

  private func failure(_ status: Int, saying text: String) -> CommandFailure {
    switch status {
    case 400: return CommandFailure(.usage, text)
    case 401, 403:
      let source =
        fields["authorization"] == nil
        ? "Set AXONIZE_API_KEY to a key." : "The key came from AXONIZE_API_KEY."
      return CommandFailure(.notPermitted, "\(text)\n\(source)")
    case 404: return CommandFailure(.notFound, text)
    default: return CommandFailure(.failure, text)
    }
  }

  /// The error for a refusal that did not come from Axonize but from another program, or a proxy in front of it.
  private func foreign(_ status: Int, _ body: [UInt8]) -> CommandFailure {
    if status == 404 || status == 405 || (300..<400).contains(status) { return isNotAxonize("status \(status)") }
    let line = String(decoding: body.prefix(200).prefix { $0 != 0x0a }, as: UTF8.self)
    let words = line.isEmpty || line.hasPrefix("<") || line.hasPrefix("{") ? "" : " It says: \(TextWidth.visible(line))"
    return CommandFailure(
      status == 401 || status == 403 ? .notPermitted : .failure,
      "\(server) responded with status \(status), but not as an Axonize server would; a proxy may be in front of it."
        + words)
  }

  private func isNotAxonize(_ reason: String) -> CommandFailure {
    CommandFailure(
      .failure,
      "The server at \(server) is not an Axonize server (\(reason)). Check --server and AXONIZE_SERVER; the REST API "
        + "listens on port 8080 by default.")
  }
}
