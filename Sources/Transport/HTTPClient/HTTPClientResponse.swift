package import HTTPTypes

/// The head of a response, with its body to be read.
package struct HTTPClientResponse: Sendable {
  package let status: Int
  package let fields: HTTPFields
  package let body: HTTPClientBody

  /// Reads the whole body.
  ///
  /// - Throws: ``HTTPClientError/bodyTooLarge(limitBytes:)`` as soon as it has more bytes; the connection is closed.
  package func collect(max bytesMax: Int) async throws -> [UInt8] {
    var whole: [UInt8] = []
    while let piece = try await body.next() {
      guard whole.count + piece.count <= bytesMax else {
        body.cancel()
        throw HTTPClientError.bodyTooLarge(limitBytes: bytesMax)
      }
      if whole.isEmpty { whole = piece } else { whole += piece }
    }
    return whole
  }
}

/// The body of a response, read piece by piece by one reader.
///
/// A reader that does not read holds the server back. Letting the body go before its end closes the connection.
package final class HTTPClientBody: Sendable {
  private let exchange: ClientExchange

  init(_ exchange: ClientExchange) { self.exchange = exchange }

  deinit { cancel() }

  /// The next bytes; nil at the end, again at every further call.
  package func next() async throws -> [UInt8]? { try await exchange.nextPiece() }

  /// Gives the rest of the body up.
  package func cancel() { exchange.abandon() }
}
