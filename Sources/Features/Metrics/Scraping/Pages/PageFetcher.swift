import Compression
import HTTPClient
import HTTPTypes
import System

/// A page as it was received.
struct FetchedPage: Sendable {
  let bytes: [UInt8]
  let coding: ContentCoding
  let format: PageFormat
  /// Holds the room for the bytes.
  let lease: PageMemory.Lease
  /// What is wrong although there is a page, a sentence each without its period.
  var warnings: [String] = []

  /// The bytes without their coding.
  ///
  /// Takes time: call it on a worker thread.
  func decoded(bytesMax: Int) throws(PageFailure) -> [UInt8] {
    do throws(CompressionError) {
      return try BodyDecoder().decode(bytes, coding: coding, decodedBytesMax: bytesMax)
    } catch .tooLarge(let limitBytes) {
      throw .tooLarge(limitBytes)
    } catch {
      throw PageFailure("\(error)")
    }
  }
}

extension PageFailure {
  static func tooLarge(_ limitBytes: Int) -> PageFailure {
    PageFailure("the page is larger than the body_size_limit of \(limitBytes) bytes", isTooLarge: true)
  }
}

/// Fetches pages of targets.
struct PageFetcher: Sendable {
  let clients: ScrapeClients
  /// Threads that may block.
  let workers: WorkerPool
  let memory: PageMemory
  /// The product and its version, for `user-agent`.
  let userAgent: String

  /// Fetches a page, within the timeout of the target from connecting to the last byte.
  func fetch(_ target: TargetDefinition, of job: ScrapeJob) async throws(PageFailure) -> FetchedPage {
    let result = await withTaskGroup(of: Result<FetchedPage, PageFailure>?.self) { group in
      group.addTask { await attempt(target, job) }
      group.addTask {
        // A sleep that is cancelled ends at once: the page is there.
        try? await Task.sleep(for: target.timeout)
        return nil
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? nil
    }
    guard let result else {
      throw PageFailure("the page was not there within the scrape_timeout of \(ScrapeDuration.text(target.timeout))")
    }
    return try result.get()
  }

  private func attempt(_ target: TargetDefinition, _ job: ScrapeJob) async -> Result<FetchedPage, PageFailure> {
    do {
      return .success(try await follow(target, job))
    } catch let error as PageFailure {
      return .failure(error)
    } catch is CancellationError {
      return .failure(PageFailure("the scrape was given up"))
    } catch {
      return .failure(PageFailure("\(error)"))
    }
  }

  private func follow(_ target: TargetDefinition, _ job: ScrapeJob) async throws -> FetchedPage {
    // Where files are read, it is done on a thread that may block.
    let (client, credentials) =
      job.readsFiles ? try await workers.run { try prepare(job) } : try prepare(job)
    guard let first = target.url else { throw PageFailure("\(target.address) is not a page") }
    var url = first
    for _ in 0...RedirectLocation.countMax {
      let mayHaveCredentials = RedirectLocation.mayHaveCredentials(url, of: first)
      // The timeout of the whole scrape is over before those of its parts.
      let request = HTTPClientRequest(
        url: url, fields: fields(target, job, mayHaveCredentials ? credentials : nil),
        responseTimeout: target.timeout * 2, idleTimeout: target.timeout * 2)
      let response = try await client.send(request)
      guard job.followsRedirects, [301, 302, 303, 307, 308].contains(response.status) else {
        return try await page(response, job)
      }
      let location = response.fields["location"] ?? ""
      response.body.cancel()
      guard let next = RedirectLocation.resolve(location, from: url) else {
        throw PageFailure("the target redirects to '\(location.prefix(200))', which cannot be followed")
      }
      url = next
    }
    throw PageFailure("the target redirects more than \(RedirectLocation.countMax) times")
  }

  private func prepare(_ job: ScrapeJob) throws(PageFailure) -> (HTTPClient, Secret?) {
    let client = try clients.client(for: job.security)
    guard let authorization = job.authorization else { return (client, nil) }
    return (client, try ScrapeCredentials.field(authorization))
  }

  private func fields(_ target: TargetDefinition, _ job: ScrapeJob, _ credentials: Secret?) -> HTTPFields {
    var fields: HTTPFields = [
      "accept": PageFormat.accept, "user-agent": userAgent,
      "x-prometheus-scrape-timeout-seconds": Self.seconds(target.timeout),
      "accept-encoding": job.isCompressed ? "gzip" : "identity",
    ]
    if let credentials { fields.append("authorization", credentials.text) }
    return fields
  }

  /// Seconds as a decimal number, for example `10` or `0.5`.
  private static func seconds(_ duration: Duration) -> String {
    let milliseconds = duration.wholeNanoseconds / 1_000_000
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
  }

  private func page(_ response: HTTPClientResponse, _ job: ScrapeJob) async throws -> FetchedPage {
    guard response.status == 200 else {
      response.body.cancel()
      throw PageFailure("the target responded with HTTP status \(response.status)")
    }
    guard let coding = ContentCoding(token: response.fields["content-encoding"] ?? "") else {
      throw PageFailure(
        "the page has the content-encoding '\((response.fields["content-encoding"] ?? "").prefix(100))', which was not "
          + "asked for")
    }
    let type = response.fields["content-type"] ?? ""
    guard let format = PageFormat(contentType: type) ?? job.fallbackFormat else {
      throw PageFailure(
        "the content-type '\(type.prefix(100))' of the page is not one of metrics; set fallback_scrape_protocol where "
          + "it holds some all the same")
    }
    let lease = PageMemory.Lease(memory)
    var bytes: [UInt8] = []
    while let piece = try await response.body.next() {
      guard bytes.count + piece.count <= job.limits.bodyBytesMax else {
        response.body.cancel()
        throw PageFailure.tooLarge(job.limits.bodyBytesMax)
      }
      try lease.take(piece.count)
      bytes += piece
    }
    return FetchedPage(bytes: bytes, coding: coding, format: format, lease: lease)
  }
}
