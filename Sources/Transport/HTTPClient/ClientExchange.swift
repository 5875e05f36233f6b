import EventLoop
import HTTPTypes
import Synchronization
import System

/// One request and its response, from the task that sent it to the connection that carries it.
///
/// Everything but `response`, `nextPiece` and `abandon` runs on the thread of the loop.
final class ClientExchange: @unchecked Sendable {  // confined to the thread of its loop
  let request: HTTPClientRequest
  let loop: EventLoop
  /// Whether the request was sent before, on a connection that turned out to be dead.
  var isSecondTry = false
  weak var connection: ClientConnection?
  private(set) var isFinished = false
  private var headWaiter: CheckedContinuation<HTTPClientResponse, any Error>?
  private var pieceWaiter: CheckedContinuation<[UInt8]?, any Error>?
  private var pieces: [[UInt8]] = []
  private var piecesHead = 0
  private(set) var bufferedBytes = 0
  private var failure: (any Error)?
  private var isAnswered = false
  private var isBodyComplete = false
  private var upload: Task<Void, Never>?
  private let timer = LoopTimer()
  private let isAbandoned = Atomic<Bool>(false)

  init(request: HTTPClientRequest, loop: EventLoop) {
    self.request = request
    self.loop = loop
  }

  // MARK: From the sending task

  /// Starts the exchange and waits for the head of the response.
  func response(_ start: @escaping @Sendable () -> Void) async throws -> HTTPClientResponse {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        loop.executeOrRun { [self] in
          headWaiter = continuation
          if isFinished { return fail(CancellationError()) }
          start()
        }
      }
    } onCancel: {
      loop.execute { [self] in fail(CancellationError()) }
    }
  }

  /// The next piece of the response's body.
  func nextPiece() async throws -> [UInt8]? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        loop.executeOrRun { [self] in takePiece(continuation) }
      }
    } onCancel: {
      loop.execute { [self] in fail(CancellationError()) }
    }
  }

  /// Gives up what is left of the response.
  func abandon() {
    guard !isAbandoned.exchange(true, ordering: .relaxed) else { return }
    loop.executeOrRun { [self] in
      guard !isBodyComplete else { return }
      fail(CancellationError())
    }
  }

  // MARK: On the loop

  private func takePiece(_ waiter: CheckedContinuation<[UInt8]?, any Error>) {
    if piecesHead < pieces.count {
      let piece = pieces[piecesHead]
      piecesHead += 1
      if piecesHead == pieces.count {
        pieces.removeAll(keepingCapacity: true)
        piecesHead = 0
      }
      bufferedBytes -= piece.count
      waiter.resume(returning: piece)
      connection?.resumeReading(self)
    } else if isBodyComplete {
      waiter.resume(returning: nil)
    } else if let failure {
      waiter.resume(throwing: failure)
    } else {
      precondition(pieceWaiter == nil, "two readers read one body")
      pieceWaiter = waiter
    }
  }

  /// Waits in a pool until a connection is free.
  func wait(until deadline: Instant) {
    timer.action = { [weak self] in
      guard let self else { return }
      fail(HTTPClientError.timedOut(request.url.origin, .connection))
    }
    loop.arm(timer, at: deadline)
  }

  func stopWaiting() { loop.cancel(timer) }

  /// Hands the head of the response to the sender.
  func answer(status: Int, fields: HTTPFields) {
    guard !isFinished, let waiter = headWaiter.take() else { return }
    isAnswered = true
    waiter.resume(returning: HTTPClientResponse(status: status, fields: fields, body: HTTPClientBody(self)))
  }

  func receive(_ piece: [UInt8]) {
    guard !isFinished else { return }
    if let waiter = pieceWaiter.take() {
      waiter.resume(returning: piece)
    } else {
      bufferedBytes += piece.count
      pieces.append(piece)
    }
  }

  /// The response is whole.
  ///
  /// The upload of a request that was answered early ends.
  func complete() {
    guard !isFinished else { return }
    isFinished = true
    isBodyComplete = true
    connection = nil
    stopUpload()
    pieceWaiter.take()?.resume(returning: nil)
  }

  /// Ends the exchange with an error, and its connection with it.
  func fail(_ error: any Error) {
    let lost = connection
    connection = nil
    stopWaiting()
    if !isFinished {
      isFinished = true
      failure = error
      stopUpload()
    }
    headWaiter.take()?.resume(throwing: failure ?? error)
    pieceWaiter.take()?.resume(throwing: failure ?? error)
    lost?.close(error)
  }

  /// Sends a streamed body from a task on this loop.
  func startUpload(_ body: @escaping @Sendable () async -> Void) {
    upload = Task(executorPreference: loop) { await body() }
  }

  private func stopUpload() {
    upload?.cancel()
    upload = nil
  }
}
