import Base

/// The status codes of gRPC (https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
package enum GRPCStatus: Int, Sendable, Hashable, CaseIterable {
  case ok, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
  case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss
  case unauthenticated

  /// The name in the documents of gRPC, for example `RESOURCE_EXHAUSTED`.
  package var name: String {
    var name = ""
    for character in "\(self)" {
      if character.isUppercase { name += "_" }
      name += character.uppercased()
    }
    return name
  }
}

/// How a gRPC call ended.
package struct GRPCOutcome: Sendable, Hashable {
  package let status: GRPCStatus
  /// What went wrong, for people; safe to log.
  package let message: String
  /// When the client may try again; sent as google.rpc.RetryInfo, which OTLP exporters honour.
  package let retryDelay: Duration?

  package init(_ status: GRPCStatus, _ message: String = "", retryDelay: Duration? = nil) {
    self.status = status
    self.message = message
    self.retryDelay = retryDelay
  }

  /// The message as `grpc-message` carries it: bytes other than visible ASCII and `%` are percent-encoded.
  package var encodedMessage: [UInt8] {
    var bytes: [UInt8] = []
    for byte in message.utf8 {
      if byte >= 0x20, byte <= 0x7e, byte != UInt8(ascii: "%") {
        bytes.append(byte)
      } else {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(Self.hexDigits[Int(byte >> 4)])
        bytes.append(Self.hexDigits[Int(byte & 15)])
      }
    }
    return bytes
  }

  /// The base64 text of `grpc-status-details-bin`, a google.rpc.Status with a RetryInfo; nil without a retry delay.
  package var encodedDetails: [UInt8]? {
    guard let retryDelay else { return nil }
    return Base64.encodeUnpadded(RPCStatus(status, message, retryDelay: retryDelay).protobuf)
  }

  private static let hexDigits = [UInt8]("0123456789ABCDEF".utf8)
}
