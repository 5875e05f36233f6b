import EventLoop
import HTTP1
import HTTPTypes
import System
import TLS

/// One connection to an origin, carrying one exchange at a time.
///
/// Confined to the thread of its loop.
///
///     connecting ──> securing ──> active <──> idle ──> closed
///
/// Every state can go to closed; `securing` is skipped for plain HTTP.
final class ClientConnection: ChannelHandler {
  enum State {
    /// Looking the host up or waiting for the TCP handshake. Can transition to: securing, active, closed.
    case connecting
    /// In the TLS handshake. Can transition to: active, closed.
    case securing
    /// Carrying an exchange. Can transition to: idle, closed.
    case active
    /// In the pool. Can transition to: active, closed.
    case idle
    case closed
  }

  let origin: HTTPOrigin
  let client: LoopClient
  let loop: EventLoop
  private let pool: OriginPool
  var state: State = .connecting
  var socket = ClientSocket()
  var exchange: ClientExchange?
  var answer = AnswerReader()
  /// Bytes of the request's body that are still to come; nil when it is chunked or complete.
  var uploadRemaining: Int?
  var isUploadComplete = true
  /// The task that sends a streamed body waits until the socket has taken enough.
  var uploadWaiter: CheckedContinuation<Void, any Error>?
  private var isReused = false
  private var isReadingPaused = false
  private var isPeerGone = false
  /// The address list still to be tried.
  private var addresses: ArraySlice<SocketAddress> = []
  private let timer = LoopTimer()

  init(pool: OriginPool, client: LoopClient) {
    self.pool = pool
    self.client = client
    origin = pool.origin
    loop = client.loop
  }

  // MARK: Connecting

  func connect(for exchange: ClientExchange) {
    self.exchange = exchange
    exchange.connection = self
    arm(.connection, client.limits.connectTimeout)
    guard !origin.isSecure || client.security != nil else {
      return close(HTTPClientError.securityMissing(origin))
    }
    let found = LoopBox(self)
    client.names.find(origin) { [loop] result in
      loop.executeOrRun { found.value.connect(to: result) }
    }
  }

  private func connect(to result: Result<[SocketAddress], any Error>) {
    guard state == .connecting else { return }
    switch result {
    case .failure(let error): close(error)
    case .success(let list):
      addresses = list[...]
      connectToNext(after: SystemError(call: "connect", code: SystemError.hostUnreachable))
    }
  }

  /// Tries the next address; if there is none, the last error is reported.
  private func connectToNext(after error: SystemError) {
    guard let address = addresses.popFirst() else { return close(HTTPClientError.unreachable(origin, error)) }
    do throws(SystemError) {
      try socket.connect(to: address, handler: self, loop: loop)
    } catch {
      connectToNext(after: error)
    }
  }

  private func finishConnecting() {
    do throws(SystemError) {
      if let error = try socket.connectError() {
        socket.close(loop)
        return connectToNext(after: error)
      }
    } catch {
      return close(HTTPClientError.unreachable(origin, error))
    }
    guard origin.isSecure, let security = client.security else { return beginExchange() }
    state = .securing
    do throws(TLSError) {
      try socket.secure(host: origin.host, context: security)
    } catch {
      return close(HTTPClientError.insecure(origin, error))
    }
    goOnSecuring()
  }

  private func goOnSecuring() {
    do throws(TLSError) {
      switch try socket.handshake() {
      case .done: beginExchange()
      case .wantsRead: socket.setInterest([.readable], loop)
      case .wantsWrite: socket.setInterest([.writable], loop)
      case .closed: close(HTTPClientError.handshakeEnded(origin))
      }
    } catch {
      close(error.isUnexpectedEnd ? HTTPClientError.handshakeEnded(origin) : socketError(error))
    }
  }

  // MARK: One exchange

  /// Carries an exchange on a connection that was kept.
  func begin(_ exchange: ClientExchange) {
    isReused = true
    self.exchange = exchange
    exchange.connection = self
    exchange.stopWaiting()
    beginExchange()
  }

  private func beginExchange() {
    guard let exchange else { return close(HTTPClientError.connectionClosed(origin)) }
    state = .active
    isReadingPaused = false
    answer.begin(method: exchange.request.method)
    socket.sentBytes = 0
    do throws(HTTP1Error) {
      try writeHead(of: exchange.request)
    } catch {
      return close(HTTPClientError.malformed(origin, error))
    }
    arm(.response, exchange.request.responseTimeout)
    flush()
  }

  func write(_ bytes: [UInt8]) { socket.output.append(bytes) }

  /// Sends what is waiting and watches for what comes next.
  func flush() {
    guard state == .active else { return }
    do {
      try socket.flush()
    } catch {
      // A server that responds early and closes breaks the sending side first; its response may still be readable.
      isUploadComplete = false
      socket.output.removeAll()
      read()
      if state == .active { fail(socketError(error)) }
      return
    }
    if socket.output.count < 64 << 10, let waiter = uploadWaiter.take() { waiter.resume() }
    updateInterest()
  }

  private func updateInterest() {
    // The same as when idle, so that a kept connection costs no epoll_ctl(2) between two requests.
    var interest: EventSet = isReadingPaused ? [] : [.readable, .peerClosed]
    if !socket.output.isEmpty { interest.insert(.writable) }
    socket.setInterest(interest, loop)
  }

  func channelReady(_ events: EventSet) {
    switch state {
    case .connecting: finishConnecting()
    case .securing: goOnSecuring()
    case .idle: close(HTTPClientError.connectionClosed(origin))
    case .active:
      if !events.isDisjoint(with: [.failed, .hungUp]) {
        // Reported whatever is watched for: what the kernel still holds is read to the end, without pausing.
        isPeerGone = true
        isReadingPaused = false
      }
      if !socket.output.isEmpty { flush() }
      if state == .active, !isReadingPaused { read() }
    case .closed: break
    }
  }

  private func read() {
    do {
      while state == .active, !isReadingPaused {
        switch try socket.receive() {
        case .wouldBlock: return
        case .end:
          try answer.finishAtClose()
          return finish(isReusable: false)
        case .bytes: try takeAnswer()
        }
      }
    } catch let error as HTTP1Error {
      fail(error == .incompleteBody ? HTTPClientError.connectionClosed(origin) : .malformed(origin, error))
    } catch {
      fail(socketError(error))
    }
  }

  /// Parses what was received and gives it to the exchange.
  private func takeAnswer() throws(HTTP1Error) {
    while state == .active {
      guard let exchange else { return }
      let step = try answer.next(from: &socket.input, parser: &client.parser)
      switch step {
      case .needsMore: return armBody(exchange)
      case .head(let status, let fields):
        arm(.body, exchange.request.idleTimeout)
        // A body that has already ended gives the connection back before the sender continues.
        if answer.isComplete {
          exchange.answer(status: status, fields: fields)
          return finish(isReusable: answer.isKeepAlive)
        }
        exchange.answer(status: status, fields: fields)
      case .piece(let piece):
        exchange.receive(piece)
        if exchange.bufferedBytes > client.limits.bufferedBytesMax, !isPeerGone {
          isReadingPaused = true
          loop.cancel(timer)
          return updateInterest()
        }
      case .end: return finish(isReusable: answer.isKeepAlive)
      }
    }
  }

  /// A body that is still being sent counts as progress before the response.
  func armUpload() {
    if let exchange, !answer.hasHead { arm(.response, exchange.request.responseTimeout) }
  }

  private func armBody(_ exchange: ClientExchange) {
    if answer.hasHead { arm(.body, exchange.request.idleTimeout) }
  }

  /// The reader has consumed bytes; reading resumes when few are left.
  func resumeReading(_ reader: ClientExchange) {
    guard state == .active, isReadingPaused, reader === exchange,
      reader.bufferedBytes <= client.limits.bufferedBytesMax / 4
    else { return }
    isReadingPaused = false
    arm(.body, reader.request.idleTimeout)
    updateInterest()
    // What was received or decrypted already brings no event.
    let again = LoopBox(self)
    loop.execute { again.value.readAgain() }
  }

  private func readAgain() {
    guard state == .active, !isReadingPaused else { return }
    do throws(HTTP1Error) {
      try takeAnswer()
    } catch {
      return fail(HTTPClientError.malformed(origin, error))
    }
    if state == .active, !isReadingPaused { read() }
  }

  /// The response is whole.
  private func finish(isReusable: Bool) {
    guard let exchange else { return }
    // Bytes after the response, or a request that was not sent whole, would spoil the next exchange.
    let isClean = isReusable && isUploadComplete && socket.output.isEmpty && socket.input.isEmpty
    self.exchange = nil
    exchange.complete()
    uploadWaiter.take()?.resume(throwing: CancellationError())
    if isClean {
      pool.release(self)
    } else {
      close(HTTPClientError.connectionClosed(origin))
    }
  }

  func beginIdle(timeout: Duration) {
    state = .idle
    socket.releaseMemory()
    socket.setInterest([.readable, .peerClosed], loop)
    timer.action = { [weak self] in
      guard let self else { return }
      close(HTTPClientError.connectionClosed(origin))
    }
    loop.arm(timer, after: timeout)
  }

  // MARK: Failing

  /// Fails the exchange, or sends it a second time when the kept connection was dead before any response.
  private func fail(_ error: any Error) {
    guard let exchange, isReused, !exchange.isSecondTry, !answer.hasReceived, exchange.request.hasHeldBody,
      exchange.request.isReplayable || socket.sentBytes == 0
    else { return close(error) }
    exchange.isSecondTry = true
    exchange.connection = nil
    self.exchange = nil
    close(error)
    client.start(exchange)
  }

  func close(_ error: any Error) {
    guard state != .closed else { return }
    state = .closed
    loop.cancel(timer)
    socket.close(loop)
    uploadWaiter.take()?.resume(throwing: error)
    let lost = exchange
    exchange = nil
    lost?.connection = nil
    pool.remove(self)
    lost?.fail(error)
  }

  private func socketError(_ error: any Error) -> any Error {
    switch error {
    case let error as SystemError:
      error.isDisconnection ? HTTPClientError.connectionClosed(origin) : HTTPClientError.broken(origin, error)
    case let error as TLSError:
      error.isUnexpectedEnd ? HTTPClientError.connectionClosed(origin) : HTTPClientError.insecure(origin, error)
    default: error
    }
  }

  private func arm(_ phase: HTTPClientError.Phase, _ delay: Duration) {
    timer.action = { [weak self] in
      guard let self else { return }
      close(HTTPClientError.timedOut(origin, phase))
    }
    loop.arm(timer, after: delay)
  }
}

/// Takes a loop-confined object along to its own loop.
struct LoopBox<Value>: @unchecked Sendable {  // used on the loop only
  let value: Value

  init(_ value: Value) { self.value = value }
}
