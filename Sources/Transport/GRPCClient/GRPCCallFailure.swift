package import GRPC

/// Why a call gave no message.
package struct GRPCCallFailure: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The server cannot be reached, or went away.
    case connection
    case timeout
    /// What came is not gRPC, or larger than agreed.
    case protocolBroken
    /// The server has answered with another status than OK.
    case refused(GRPCStatus)
  }

  package let kind: Kind
  package let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
