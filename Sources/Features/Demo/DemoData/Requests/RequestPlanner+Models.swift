import JSON

/// A call of a model as the program that makes it sees it.
struct ModelCall {
  let server: Int
  let system: String
  /// Role and text, oldest first.
  var messages: [(role: String, text: String)]
  let answer: String
  var promptTokens: Int
  let outputTokens: Int
  let session: String?
  let user: String
}

/// How a call went.
struct CallOutcome {
  let end: Int64
  let isFailed: Bool
}

private let millisecond: Int64 = 1_000_000

/// What the model server does with a call: when, and how long.
struct CallTimes {
  let received: Int64
  let admitted: Int64
  let firstToken: Int64
  let end: Int64
  let secondsPerToken: Double
}

extension RequestPlanner {
  /// A call of a language model: the caller's span, and those of the server with queue, prefill and decoding.
  mutating func chat(
    _ call: ModelCall, in process: Int, under parent: Int, at start: Int64, trace: inout DemoTrace
  ) -> CallOutcome {
    let server = ModelServer.all[call.server]
    let client = trace.begin(
      "chat \(server.model)", .client, in: process, under: parent, at: start, id: id(), Self.attributes(of: call))
    if let failure = failure(of: call.server, at: start) {
      return failed(failure, call, client, at: start, trace: &trace)
    }
    let times = times(of: call, received: start + 2 * millisecond)
    let request = trace.begin(
      "POST /v1/chat/completions", .server, in: DemoProcesses.server(call.server), under: client, at: times.received,
      id: id(),
      [
        ("http.request.method", .string("POST")), ("http.route", .string("/v1/chat/completions")),
        ("http.response.status_code", .int(200)),
      ])
    if times.admitted > times.received {
      let queue = trace.begin(
        "queue", .internal, in: DemoProcesses.server(call.server), under: request, at: times.received, id: id())
      trace.spans[queue].end = times.admitted
    }
    addRun(call, times, under: request, trace: &trace)
    trace.spans[request].end = times.end + millisecond
    let end = times.end + 2 * millisecond
    trace.spans[client].end = end
    trace.spans[client].attributes += [
      ("gen_ai.response.model", .string(server.model)), ("gen_ai.response.id", .string("chatcmpl-\(hexID())")),
      ("gen_ai.usage.input_tokens", .int(call.promptTokens)), ("gen_ai.usage.output_tokens", .int(call.outputTokens)),
      ("gen_ai.response.finish_reasons", .strings(["stop"])),
      ("gen_ai.response.time_to_first_chunk", .double(Double(times.firstToken - start) / 1e9)),
      ("gen_ai.output.messages", .string(Self.message("assistant", call.answer, finishReason: "stop"))),
    ]
    trace.spans[client].events = chunks(of: call, times)
    if Double(times.admitted - times.received) > 2e9 {
      trace.log(
        .warn, "Request waited \((times.admitted - times.received) / 1_000_000) ms in the queue of \(server.service)",
        of: client, at: end)
    }
    return CallOutcome(end: end, isFailed: false)
  }

  /// When a call is served, by the load of its server; the run is noted.
  private mutating func times(of call: ModelCall, received: Int64) -> CallTimes {
    let server = ModelServer.all[call.server]
    let admission = loads[call.server].admission(at: received, concurrencyMax: server.concurrencyMax)
    let slowness =
      server.devices.map { incidents.slowness(of: $0.board, at: admission.start / 1_000_000_000) }.max() ?? 1
    let perToken = server.secondsPerToken * (1 + server.slowdown * Double(admission.beside)) * slowness
    let prefill = 0.012 + Double(call.promptTokens) / server.prefillTokensPerSecond * slowness
    let firstToken = admission.start + Int64(random.around(prefill, spread: 0.1) * 1e9)
    let decode = min(120, Double(call.outputTokens - 1) * perToken * random.around(1, spread: 0.05))
    let times = CallTimes(
      received: received, admitted: admission.start, firstToken: firstToken, end: firstToken + Int64(decode * 1e9),
      secondsPerToken: perToken)
    loads[call.server].add(
      .init(start: times.admitted, end: times.end), promptTokens: call.promptTokens, outputTokens: call.outputTokens)
    return times
  }

  /// The span that is on the GPU, and the parts of it.
  private mutating func addRun(_ call: ModelCall, _ times: CallTimes, under parent: Int, trace: inout DemoTrace) {
    let server = ModelServer.all[call.server]
    let process = DemoProcesses.server(call.server)
    let run = trace.begin(
      "llm_request", .internal, in: process, under: parent, at: times.admitted, id: id(),
      [
        ("gen_ai.operation.name", .string("chat")), ("gen_ai.provider.name", .string(server.engine)),
        ("gen_ai.request.model", .string(server.model)), ("gen_ai.response.model", .string(server.model)),
        ("gen_ai.usage.input_tokens", .int(call.promptTokens)), ("gen_ai.usage.output_tokens", .int(call.outputTokens)),
        ("gen_ai.latency.time_in_queue", .double(Double(times.admitted - times.received) / 1e9)),
        ("gen_ai.latency.time_in_model_prefill", .double(Double(times.firstToken - times.admitted) / 1e9)),
        ("gen_ai.latency.time_in_model_decode", .double(Double(times.end - times.firstToken) / 1e9)),
        ("gen_ai.server.time_to_first_token", .double(Double(times.firstToken - times.admitted) / 1e9)),
        ("gen_ai.server.time_per_output_token", .double(times.secondsPerToken)),
        ("gen_ai.response.finish_reasons", .strings(["stop"])), ("user.id", .string(call.user)),
      ] + hardware(of: call.server))
    trace.spans[run].end = times.end
    let prefill = trace.begin("prefill", .internal, in: process, under: run, at: times.admitted, id: id())
    trace.spans[prefill].end = times.firstToken
    let decode = trace.begin("decode", .internal, in: process, under: run, at: times.firstToken, id: id())
    trace.spans[decode].end = times.end
  }

  /// Events of tokens: each of the first eight, then at most 24 more.
  private mutating func chunks(of call: ModelCall, _ times: CallTimes) -> [DemoSpanEvent] {
    var events: [DemoSpanEvent] = []
    let step = max(1, (call.outputTokens - 8) / 24)
    for token in 0..<call.outputTokens where token < 8 || (token - 8) % step == 0 {
      let part = Double(token) / Double(max(1, call.outputTokens - 1))
      let shift = token == 0 ? 0 : (random.fraction() - 0.5) * 0.4 * times.secondsPerToken
      let offset = max(0, part * Double(times.end - times.firstToken) + shift * 1e9)
      let time = max(events.last?.time ?? 0, min(times.end, times.firstToken + Int64(offset)))
      events.append(
        DemoSpanEvent(
          name: "gen_ai.content.completion.chunk", time: time,
          attributes: [("gen_ai.usage.output_tokens", .int(token + 1))]))
    }
    return events
  }

  /// Why a call fails; nil where it does not.
  private mutating func failure(of server: Int, at time: Int64) -> (type: String, message: String)? {
    let second = time / 1_000_000_000
    let boards = ModelServer.all[server].devices.map(\.board)
    if boards.contains(where: { incidents.on(.fault, target: $0, at: second) != nil }) {
      return ("503", "EngineDeadError: the engine core stopped after a CUDA error: an illegal memory access")
    }
    if incidents.on(.errors, target: server, at: second) != nil, random.happens(0.45) {
      return ("timeout", "the server sent no token within 5 s")
    }
    return random.happens(0.002)
      ? ("context_length_exceeded", "the prompt is longer than the context of the model") : nil
  }

  private mutating func failed(
    _ failure: (type: String, message: String), _ call: ModelCall, _ client: Int, at start: Int64,
    trace: inout DemoTrace
  ) -> CallOutcome {
    let server = ModelServer.all[call.server]
    let length = failure.type == "timeout" ? 5e9 : random.around(40e6, spread: 0.4)
    let end = start + Int64(length)
    trace.spans[client].end = end
    trace.spans[client].failure = failure.message
    trace.spans[client].attributes.append(("error.type", .string(failure.type)))
    trace.spans[client].events = [
      DemoSpanEvent(
        name: "exception", time: end,
        attributes: [
          ("exception.type", .string("openai.APIStatusError")), ("exception.message", .string(failure.message)),
        ])
    ]
    trace.log(.error, "Call of \(server.model) at \(server.service) failed: \(failure.message)", of: client, at: end)
    return CallOutcome(end: end, isFailed: true)
  }

  /// A call of the embedding model or the reranker.
  mutating func embed(
    server number: Int, tokens: Int, user: String, in process: Int, under parent: Int, at start: Int64,
    trace: inout DemoTrace
  ) -> CallOutcome {
    let server = ModelServer.all[number]
    let isReranker = number == ModelServer.reranker
    let operation = isReranker ? "rerank" : "embeddings"
    let base: DemoAttributes = [
      ("gen_ai.operation.name", .string(operation)), ("gen_ai.provider.name", .string(server.engine)),
      ("gen_ai.request.model", .string(server.model)), ("gen_ai.usage.input_tokens", .int(tokens)),
    ]
    let client = trace.begin(
      "\(operation) \(server.model)", .client, in: process, under: parent, at: start, id: id(),
      base + [("user.id", .string(user))])
    let received = start + millisecond
    let admission = loads[number].admission(at: received, concurrencyMax: server.concurrencyMax)
    let seconds =
      (0.004 + Double(tokens) / server.prefillTokensPerSecond) * (1 + server.slowdown * Double(admission.beside))
    let end = admission.start + Int64(random.around(seconds, spread: 0.15) * 1e9)
    loads[number].add(.init(start: admission.start, end: end), promptTokens: tokens, outputTokens: 0)
    let request = trace.begin(
      isReranker ? "POST /rerank" : "POST /embed", .server, in: DemoProcesses.server(number), under: client,
      at: received, id: id(), [("http.request.method", .string("POST")), ("http.response.status_code", .int(200))])
    let run = trace.begin(
      operation, .internal, in: DemoProcesses.server(number), under: request, at: admission.start, id: id(),
      base + hardware(of: number))
    trace.spans[run].end = end
    trace.spans[request].end = end + millisecond
    trace.spans[client].end = end + 2 * millisecond
    return CallOutcome(end: end + 2 * millisecond, isFailed: false)
  }

  /// The GPUs of a server, as a span names them.
  private func hardware(of server: Int) -> DemoAttributes {
    let ids = ModelServer.all[server].devices.map(machines.uuid(of:))
    if ids.count == 1 { return [("gpu.uuid", .string(ids[0]))] }
    return ids.enumerated().map { ("gpu.\($0).resource_uuid", .string($1)) }
  }

  private static func attributes(of call: ModelCall) -> DemoAttributes {
    let server = ModelServer.all[call.server]
    var attributes: DemoAttributes = [
      ("gen_ai.operation.name", .string("chat")), ("gen_ai.provider.name", .string(server.engine)),
      ("gen_ai.request.model", .string(server.model)), ("gen_ai.request.stream", .bool(true)),
      ("gen_ai.request.temperature", .double(0.2)), ("gen_ai.request.max_tokens", .int(1_024)),
      ("server.address", .string("\(server.service).models.svc")), ("user.id", .string(call.user)),
      ("gen_ai.system_instructions", .string(Self.parts(call.system))),
      ("gen_ai.input.messages", .string(Self.messages(call.messages))),
    ]
    if let session = call.session { attributes.append(("gen_ai.conversation.id", .string(session))) }
    return attributes
  }

  // MARK: Messages, in the form of OpenTelemetry's conventions for generative AI

  private static func parts(_ text: String) -> String {
    var writer = JSONWriter()
    writer.array { write(text, to: &$0) }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func messages(_ messages: [(role: String, text: String)]) -> String {
    var writer = JSONWriter()
    writer.array { writer in
      for message in messages { write(message.role, message.text, nil, to: &writer) }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func message(_ role: String, _ text: String, finishReason: String) -> String {
    var writer = JSONWriter()
    writer.array { write(role, text, finishReason, to: &$0) }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func write(_ role: String, _ text: String, _ finishReason: String?, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("role", role)
      writer.key("parts")
      writer.array { write(text, to: &$0) }
      if let finishReason { writer.member("finish_reason", finishReason) }
    }
  }

  private static func write(_ text: String, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", "text")
      writer.member("content", text)
    }
  }
}
