import Base
import Commit
import System

/// A request with samples that is at hand: its sender waits for nothing.
struct KeptSampleRequest {
  let body: [UInt8]
  let encoding: SampleEncoding
  let tenant: TenantID
  /// Which times samples may have, in milliseconds since 1970; nil for those that clients may send now.
  var times: ClosedRange<Int64>?
}

extension MetricsIngest {
  /// How long a request may take until it is kept; the journal takes milliseconds.
  private static let waitMax = Duration.seconds(10)

  /// Stores a request and waits until it is kept.
  func store(_ request: KeptSampleRequest) -> RequestOutcome {
    let outcome = Monitor<RequestOutcome?>(nil)
    unsafe request.body.withUnsafeBytes { body in
      unsafe store(body, request.encoding, tenant: request.tenant, lane: 0, times: request.times) { result, _ in
        outcome.withLock { $0 = result }
        outcome.notifyAll()
      }
    }
    let deadline = Instant.now + Self.waitMax
    return outcome.wait { result, now, wakeAt in
      if let result { return result }
      wakeAt = deadline
      guard now >= deadline else { return nil }
      return .retry(
        .unavailable, "the samples were not kept within \(Self.waitMax); they may be stored later", after: .seconds(1))
    }
  }

  /// By what a request is recognised.
  func batchID(of request: KeptSampleRequest) -> UInt64 {
    unsafe request.body.withUnsafeBytes { body in
      unsafe SampleRequest(
        body, request.encoding, tenant: request.tenant, receivedAt: UnixNanoseconds(0), times: request.times ?? 0...0
      ).batchID
    }
  }
}
