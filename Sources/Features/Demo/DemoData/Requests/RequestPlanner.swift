/// Makes requests of users: what each of them causes, when, and for how long.
struct RequestPlanner: Sendable {
  /// A conversation that goes on.
  private struct Session: Sendable {
    let id: String
    let user: String
    let topic: Topic
    let isRetrieval: Bool
    let server: Int
    var turn = 0
    /// When the user asks next.
    var readyAt: Int64
  }

  let machines: DemoMachines
  let incidents: IncidentPlan
  var random: SeededRandom
  var loads = [ServerLoad](repeating: ServerLoad(), count: ModelServer.all.count)
  private var sessions: [Session] = []

  /// Conversations at once; more would be forgotten before they go on.
  private static let sessionCountMax = 60

  init(machines: DemoMachines, incidents: IncidentPlan, random: SeededRandom) {
    self.machines = machines
    self.incidents = incidents
    self.random = random
  }

  mutating func id() -> UInt64 { max(1, random.bits()) }

  mutating func hexID() -> String { DemoMachines.hex(random.bits(), 16) }

  /// The requests that begin in a second, in their order.
  ///
  /// - Parameter rate: calls of models a second, on average.
  mutating func requests(inSecond second: Int64, rate: Double) -> [DemoTrace] {
    // Ups and downs of an hour and a half.
    let phase = Double(second % 5_400) / 5_400
    let wave = phase < 0.5 ? phase * 2 : 2 - phase * 2
    let count = random.count(mean: rate / Self.callsPerRequest * (0.55 + 0.9 * wave))
    let starts = (0..<count).map { _ in second * 1_000_000_000 + Int64(random.number(0..<1_000_000_000)) }.sorted()
    var traces = starts.map { request(at: $0) }
    if incidents.on(.heavyUser, at: second) != nil, random.happens(0.12) {
      traces.append(heavyRequest(at: second * 1_000_000_000 + Int64(random.number(0..<1_000_000_000))))
    }
    return traces
  }

  /// Calls that a request makes on average, by the shares in ``request(at:)``.
  private static let callsPerRequest = 1.9

  private mutating func request(at time: Int64) -> DemoTrace {
    let share = random.fraction()
    if share < 0.72 { return turn(at: time) }
    return share < 0.84 ? agent(at: time) : batch(at: time)
  }

  private mutating func newTrace() -> DemoTrace { DemoTrace(high: id(), low: id()) }

  /// The span of the gateway, under which everything else is.
  private mutating func root(_ route: String, user: String, at start: Int64, trace: inout DemoTrace) -> Int {
    trace.begin(
      "POST \(route)", .server, in: DemoProcesses.gateway, under: nil, at: start, id: id(),
      [
        ("http.request.method", .string("POST")), ("http.route", .string(route)), ("url.path", .string(route)),
        ("url.scheme", .string("https")), ("server.address", .string("api.example")), ("user.id", .string(user)),
        ("client.address", .string("203.0.113.\(random.number(1..<255))")),
      ])
  }

  /// Ends the gateway's span.
  private mutating func finish(_ root: Int, at end: Int64, isFailed: Bool, trace: inout DemoTrace) {
    let status = isFailed ? 502 : 200
    trace.spans[root].end = end
    trace.spans[root].attributes.append(("http.response.status_code", .int(status)))
    if isFailed {
      trace.spans[root].failure = "the service behind it failed"
      trace.spans[root].attributes.append(("error.type", .string("502")))
    }
    let milliseconds = (end - trace.spans[root].start) / 1_000_000
    trace.log(isFailed ? .error : .info, "\(trace.spans[root].name) \(status) \(milliseconds) ms", of: root, at: end)
  }

  // MARK: A turn of a conversation

  private mutating func turn(at time: Int64) -> DemoTrace {
    let place = nextSession(at: time)
    let session = sessions[place]
    var trace = newTrace()
    let root = root(session.isRetrieval ? "/v1/ask" : "/v1/chat", user: session.user, at: time, trace: &trace)
    let process = session.isRetrieval ? DemoProcesses.rag : DemoProcesses.chat
    let service = trace.begin(
      session.isRetrieval ? "rag.answer" : "chat.turn", .server, in: process, under: root, at: time + 2_000_000,
      id: id(),
      [
        ("session.id", .string(session.id)), ("user.id", .string(session.user)),
        ("conversation.turn", .int(session.turn + 1)),
      ])
    let turn = session.topic.turns[session.turn % session.topic.turns.count]
    var messages: [(role: String, text: String)] = []
    for earlier in session.topic.turns.prefix(session.turn) {
      messages += [("user", earlier.question), ("assistant", earlier.answer)]
    }
    var start = time + 4_000_000
    var context = 0
    if session.isRetrieval {
      (start, context) = retrieve(for: session.user, under: service, at: start, trace: &trace)
    }
    messages.append(("user", turn.question))
    let call = ModelCall(
      server: session.server, system: session.topic.system, messages: messages, answer: turn.answer,
      promptTokens: 40 + context + messages.reduce(0) { $0 + $1.text.utf8.count } / 4,
      outputTokens: max(8, Int(random.around(Double(turn.answer.utf8.count), spread: 0.4))),
      session: session.id, user: session.user)
    let outcome = chat(call, in: process, under: service, at: start, trace: &trace)
    trace.spans[service].end = outcome.end + 1_000_000
    if outcome.isFailed { trace.spans[service].failure = "the model did not respond" }
    finish(root, at: outcome.end + 3_000_000, isFailed: outcome.isFailed, trace: &trace)
    goOn(place, after: outcome.end)
    return trace
  }

  /// The place of a conversation whose user asks at a time; a new one where none is ready.
  private mutating func nextSession(at time: Int64) -> Int {
    if random.happens(0.7), let ready = sessions.indices.first(where: { sessions[$0].readyAt <= time }) { return ready }
    let isRetrieval = random.happens(0.33)
    let server: Int =
      isRetrieval
      ? random.element(of: ModelServer.qwen)
      : random.element(of: ModelServer.qwen + [ModelServer.llama70b, ModelServer.llama70b, ModelServer.llama8b])
    if sessions.count >= Self.sessionCountMax { sessions.removeFirst() }
    sessions.append(
      Session(
        id: "conv-\(hexID())", user: random.element(of: Conversations.users),
        topic: random.element(of: isRetrieval ? Conversations.questions : Conversations.chats),
        isRetrieval: isRetrieval, server: server, readyAt: time))
    return sessions.count - 1
  }

  /// Ends a conversation after its last turn; before, the user reads and thinks.
  private mutating func goOn(_ place: Int, after end: Int64) {
    sessions[place].turn += 1
    sessions[place].readyAt = end + Int64(random.around(25, spread: 0.5) * 1e9)
    if sessions[place].turn >= sessions[place].topic.turns.count { sessions.remove(at: place) }
  }

  // MARK: Retrieval

  /// Embeds the question, searches, and sorts what is found; gives when that ended, and tokens of the context.
  private mutating func retrieve(
    for user: String, under parent: Int, at start: Int64, trace: inout DemoTrace
  ) -> (end: Int64, tokens: Int) {
    let process = trace.spans[parent].process
    let retrieval = trace.begin(
      "retrieve", .internal, in: process, under: parent, at: start, id: id(),
      [("gen_ai.operation.name", .string("retrieval")), ("gen_ai.data_source.id", .string("handbook"))])
    let embedded = embed(
      server: ModelServer.embeddings, tokens: random.number(12..<40), user: user, in: process, under: retrieval,
      at: start + 300_000, trace: &trace)
    let found = search(in: process, under: retrieval, at: embedded.end + 200_000, trace: &trace)
    let sorted = embed(
      server: ModelServer.reranker, tokens: random.number(3_000..<7_000), user: user, in: process, under: retrieval,
      at: found + 200_000, trace: &trace)
    let documents = (0..<3).map { _ in random.element(of: Conversations.documents) }
    trace.spans[retrieval].attributes.append(("retrieval.documents", .strings(documents)))
    trace.spans[retrieval].end = sorted.end + 200_000
    return (sorted.end + 500_000, random.number(900..<2_600))
  }

  /// A search of the vector database; gives when it ended.
  private mutating func search(in process: Int, under parent: Int, at start: Int64, trace: inout DemoTrace) -> Int64 {
    let attributes: DemoAttributes = [
      ("db.system.name", .string("qdrant")), ("db.operation.name", .string("search")),
      ("db.collection.name", .string("handbook")),
    ]
    let length = Int64(random.around(14e6, spread: 0.5))
    let client = trace.begin(
      "search handbook", .client, in: process, under: parent, at: start, id: id(), attributes)
    let server = trace.begin(
      "qdrant.Points/Search", .server, in: DemoProcesses.vectors, under: client, at: start + 400_000, id: id(),
      attributes)
    trace.spans[server].end = start + 400_000 + length
    trace.spans[client].end = start + 800_000 + length
    return start + 800_000 + length
  }

  // MARK: Agents

  private mutating func agent(at time: Int64) -> DemoTrace {
    let user = random.element(of: Conversations.users)
    let task = random.element(of: Conversations.tasks)
    let server = random.happens(0.7) ? ModelServer.gptOSS : ModelServer.llama70b
    let session = "task-\(hexID())"
    var trace = newTrace()
    let root = root("/v1/agents/assistant", user: user, at: time, trace: &trace)
    let agent = trace.begin(
      "invoke_agent assistant", .server, in: DemoProcesses.agents, under: root, at: time + 2_000_000, id: id(),
      [
        ("gen_ai.operation.name", .string("invoke_agent")), ("gen_ai.agent.name", .string("assistant")),
        ("gen_ai.conversation.id", .string(session)), ("user.id", .string(user)),
      ])
    var messages: [(role: String, text: String)] = [("user", task.question)]
    var now = time + 5_000_000
    var isFailed = false
    let stepCount = random.number(2..<5)
    for step in 0..<stepCount {
      let isLast = step == stepCount - 1
      let tool = random.element(of: Conversations.tools)
      let answer = isLast ? task.answer : "I call \(tool.name) with \(tool.arguments)."
      let call = ModelCall(
        server: server, system: "You are an assistant with tools. Think step by step.", messages: messages,
        answer: answer, promptTokens: 600 + step * random.number(250..<900),
        outputTokens: isLast ? random.number(200..<600) : random.number(60..<180), session: session, user: user)
      let outcome = chat(call, in: DemoProcesses.agents, under: agent, at: now, trace: &trace)
      now = outcome.end + 1_000_000
      isFailed = outcome.isFailed
      if isLast || isFailed { break }
      now = execute(tool, for: user, under: agent, at: now, trace: &trace)
      messages += [("assistant", answer), ("tool", tool.result)]
    }
    trace.spans[agent].end = now + 1_000_000
    if isFailed { trace.spans[agent].failure = "the model did not respond" }
    finish(root, at: now + 4_000_000, isFailed: isFailed, trace: &trace)
    return trace
  }

  /// Runs a tool; gives when it ended.
  private mutating func execute(
    _ tool: (name: String, arguments: String, result: String, seconds: Double), for user: String, under parent: Int,
    at start: Int64, trace: inout DemoTrace
  ) -> Int64 {
    let span = trace.begin(
      "execute_tool \(tool.name)", .internal, in: DemoProcesses.agents, under: parent, at: start, id: id(),
      [
        ("gen_ai.operation.name", .string("execute_tool")), ("gen_ai.tool.name", .string(tool.name)),
        ("gen_ai.tool.call.id", .string("call_\(hexID())")), ("gen_ai.tool.call.arguments", .string(tool.arguments)),
        ("gen_ai.tool.call.result", .string(tool.result)),
      ])
    var end = start + Int64(random.around(tool.seconds, spread: 0.4) * 1e9)
    if tool.name == "search_documents" {
      end = retrieve(for: user, under: span, at: start + 1_000_000, trace: &trace).end
    }
    trace.spans[span].end = end
    trace.log(.info, "Tool \(tool.name) took \((end - start) / 1_000_000) ms", of: span, at: end)
    return end + 1_000_000
  }

  // MARK: Batches, and the heavy user

  private mutating func batch(at time: Int64) -> DemoTrace {
    var trace = newTrace()
    let user = random.element(of: Conversations.users)
    let root = root("/v1/embeddings", user: user, at: time, trace: &trace)
    let service = trace.begin(
      "embed.batch", .server, in: DemoProcesses.embeddings, under: root, at: time + 1_500_000, id: id(),
      [("user.id", .string(user))])
    let outcome = embed(
      server: ModelServer.embeddings, tokens: random.number(2_000..<24_000), user: user, in: DemoProcesses.embeddings,
      under: service, at: time + 3_000_000, trace: &trace)
    trace.spans[service].end = outcome.end + 500_000
    finish(root, at: outcome.end + 2_000_000, isFailed: false, trace: &trace)
    return trace
  }

  private mutating func heavyRequest(at time: Int64) -> DemoTrace {
    var trace = newTrace()
    let user = Conversations.heavyUser
    let root = root("/v1/chat", user: user, at: time, trace: &trace)
    let service = trace.begin(
      "chat.turn", .server, in: DemoProcesses.chat, under: root, at: time + 2_000_000, id: id(),
      [("user.id", .string(user)), ("session.id", .string("report-2026-11"))])
    let call = ModelCall(
      server: ModelServer.llama70b, system: "You summarise reports.",
      messages: [("user", "Summarise the attached report of 180 pages in ten points.")],
      answer: "1. Revenue grew by 6 %. 2. Costs of energy fell by 11 %. 3. Two sites were closed.",
      promptTokens: random.number(28_000..<60_000), outputTokens: random.number(300..<700), session: "report-2026-11",
      user: user)
    let outcome = chat(call, in: DemoProcesses.chat, under: service, at: time + 4_000_000, trace: &trace)
    trace.spans[service].end = outcome.end + 1_000_000
    finish(root, at: outcome.end + 3_000_000, isFailed: outcome.isFailed, trace: &trace)
    return trace
  }
}
