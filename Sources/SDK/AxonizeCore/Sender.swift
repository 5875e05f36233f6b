public import CAxonizeCore

/// Sends requests one at a time on the caller's thread, over a connection that is kept; for what is not spans.
struct Sender {
  var sending: Sending
  var addresses = Addresses()
  var compressor = Compressor()
  var connection = Connection()
}

/// Makes a sender.
@c @implementation
public func axz_sender_create(_ settings: UnsafePointer<axz_settings>) -> OpaquePointer? {
  guard let memory = malloc(MemoryLayout<Sender>.size), let sending = Sending.copy(settings) else { return nil }
  let sender = memory.assumingMemoryBound(to: Sender.self)
  sender.pointee = Sender(sending: sending)
  _ = Compressor.open(&sender.pointee.compressor, sending.compression)
  return OpaquePointer(sender)
}

/// Frees a sender.
@c @implementation
public func axz_sender_free(_ sender: OpaquePointer) {
  let sender = opened(sender)
  Connection.release(&sender.pointee.connection)
  Addresses.release(&sender.pointee.addresses)
  Sending.release(&sender.pointee.sending)
  free(sender)
}

/// Makes one attempt.
@c @implementation
public func axz_sender_send(
  _ sender: OpaquePointer, _ body: UnsafePointer<UInt8>?, _ size: Int, _ sent: UnsafeMutablePointer<axz_sent>
) {
  let sender = opened(sender)
  sent.pointee = axz_sent()
  guard let body, let copy = malloc(max(size, 1)) else {
    sent.pointee.error = ENOMEM
    return
  }
  memcpy(copy, body, size)
  let memory = copy.assumingMemoryBound(to: UInt8.self)
  var request = Request(memory: memory, body: memory, size: size)
  defer { Request.release(&request) }
  _ = Compressor.compress(&sender.pointee.compressor, &request)
  sent.pointee.size = request.size
  let deadline = axz_clock(CLOCK_MONOTONIC) &+ sender.pointee.sending.timeout
  // A connection that was kept may turn out to be closed; that says nothing about this request.
  if attempt(sender, request, deadline, sent) == .stale { _ = attempt(sender, request, deadline, sent) }
}

private func attempt(
  _ sender: UnsafeMutablePointer<Sender>, _ request: Request, _ deadline: UInt64, _ sent: UnsafeMutablePointer<axz_sent>
) -> Connection.Progress {
  if sender.pointee.connection.phase != .idle {
    let now = axz_clock(CLOCK_MONOTONIC)
    if Sending.lookUp(&sender.pointee.sending, &sender.pointee.addresses, now: now) != 0 {
      sent.pointee.error = EHOSTUNREACH
      return .failed
    }
  }
  var progress = Connection.start(
    &sender.pointee.connection, &sender.pointee.addresses, &sender.pointee.sending, request)
  while progress == .pending {
    let now = axz_clock(CLOCK_MONOTONIC)
    guard now < deadline else {
      Connection.close(&sender.pointee.connection)
      sent.pointee.error = ETIMEDOUT
      return .failed
    }
    var waiting = pollfd(
      fd: sender.pointee.connection.descriptor, events: Connection.wanted(&sender.pointee.connection), revents: 0)
    let milliseconds = Int32(truncatingIfNeeded: min((deadline &- now) / 1_000_000 &+ 1, 60_000))
    if poll(&waiting, 1, milliseconds) > 0 {
      progress = Connection.step(
        &sender.pointee.connection, &sender.pointee.addresses, request, events: waiting.revents)
    }
  }
  sent.pointee.has_answer = progress == .answered
  sent.pointee.error = progress == .answered ? 0 : sender.pointee.connection.error
  sent.pointee.is_foreign = sender.pointee.connection.isForeign
  if progress == .answered { sent.pointee.answer = sender.pointee.connection.answer }
  return progress
}

private func opened(_ sender: OpaquePointer) -> UnsafeMutablePointer<Sender> {
  // Made by axz_sender_create, which is the only one to hand them out.
  UnsafeMutableRawPointer(sender).assumingMemoryBound(to: Sender.self)
}
